// Functions of more than 60 lines, each with the reason why it is one.
import ts from 'typescript';
import { moduleCode, type Rule } from './source-rules.ts';

const MAX_LINES = 60;

/** `file name`: why it is not taken apart. */
const REASONS: Readonly<Record<string, string>> = {
  'alerting/digest/figures.ts numbers': 'a list of figures, one after the other',
  'alerting/digest/stories.ts gaps': 'a list of what may be missing, one after the other',
  'alerting/start-alerting.ts startAlerting': 'its parts share the state of one detector',
  'alerting/summaries/model/model-view.ts modelView': 'a record of each kind of fact, over the same slots',
  'alerting/summaries/model/model-writer.ts createModelWriter':
    'its parts share the budget and the queue of one writer',
  'alerting/summaries/summarizer.ts startSummarizer': 'its parts share the state of one summarizer',
  'alerting/tick.ts runTick': 'the order of its steps is what it is about',
  'app/run-roles.ts startRoles': 'the order in which parts open is what it is about',
  'app/stored-data.ts watchStoredData': 'its parts share what is known of the stored data',
  'collector/collector.ts startCollector': 'the order in which parts open is what it is about',
  'collector/decode/json-worker.ts createJsonWorker': 'its parts share one thread and who waits for it',
  'collector/receive/ingest.ts createIngest': 'its parts share the turn of requests',
  'collector/spool/quarantine/quarantine.ts createQuarantine': 'its parts share one file and its size',
  'domain/run/facts/compute-facts.ts factsInTurns': 'the facts of a run in order, resting between them',
  'query-api/digests.ts recipientRoutes': 'a table of routes',
  'query-api/metrics.ts metricsOf': 'a table of metrics',
  'query-api/pattern-detail.ts readPatternDetail': 'the parts of one reply',
  'query-api/patterns.ts patternRoutes': 'a table of routes',
  'query-api/rules.ts ruleRoutes': 'a table of routes',
  'sdk/src/apply-policy.ts applyPolicy': 'the cases of one decision, in order',
  'sdk/src/secrets/find-secrets.ts findSigns': 'one loop over the bytes of a text',
  'storage/span-block.ts createSpanColumns': 'a table of columns',
};

function longFunctionsOf(file: string, text: string): { name: string; lines: number }[] {
  const script = file.endsWith('.svelte') ? (/<script[^>]*>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '') : text;
  const source = ts.createSourceFile(`${file}.ts`, script, ts.ScriptTarget.Latest, true);
  const found: { name: string; lines: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const line = (at: number) => source.getLineAndCharacterOfPosition(at).line;
      const lines = line(node.end) - line(node.getStart()) + 1;
      const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
      if (lines > MAX_LINES) found.push({ name: named?.getText() ?? 'without a name', lines });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Every longer function has a reason, and every reason a longer function among these files' own. */
export const hasReasonsForLongFunctions: Rule = (files) => {
  const code = moduleCode(files).filter(({ file }) => !/^sdk\/(examples|matrix|test-support)\//.test(file));
  const long = code.flatMap(({ file, text }) => longFunctionsOf(file, text).map((each) => ({ file, ...each })));
  const known = new Set(long.map(({ file, name }) => `${file} ${name}`));
  return [
    ...long.flatMap(({ file, name, lines }) =>
      `${file} ${name}` in REASONS ? [] : [`${file}: ${name} has ${lines} lines, and no reason for it`],
    ),
    ...Object.keys(REASONS).flatMap((each) =>
      code.some(({ file }) => each.startsWith(`${file} `)) && !known.has(each)
        ? [`${each}: is not that long any more`]
        : [],
    ),
  ];
};
