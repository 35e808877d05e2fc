// `npm run bench:grouping`: how well errors of one kind stay together and errors of two kinds stay apart. Judges the corpus
// of provoked errors and adds a section to RESULTS.md. `-- provoke [variants] [files…]` first builds the corpus again.
import { appendFileSync } from 'node:fs';
import { fingerprint } from '../../collector/map/fingerprint/fingerprint.ts';
import { readArguments } from '../../deploy/scripts.mjs';
import { cost, machine } from '../measure.ts';
import { collect } from './collect.ts';
import { isHeldOut, type ProvokedError, readCorpus, writeCorpus } from './corpus.ts';
import { groupEveryWay, judgeWays, stepOf } from './ways.ts';

const RESULTS = new URL('../RESULTS.md', import.meta.url);
const VARIANTS = 100;
const [task, variants = VARIANTS, ...files] = readArguments('bench/grouping/run.ts').words;
const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  console.log(line);
};

if (task === 'provoke') {
  const fresh = await collect(Number(variants), files);
  const names = new Set(fresh.map((error) => error.class));
  const kept = files.length === 0 ? [] : readCorpus().filter((error) => !names.has(error.class));
  writeCorpus([...kept, ...fresh].sort((a, b) => (a.class < b.class ? -1 : a.class > b.class ? 1 : 0)));
}

const corpus = readCorpus();
const grouped = groupEveryWay(corpus);
const sides = [
  ['classes that the rules were tuned on', grouped.filter(({ error }) => !isHeldOut(error.class))],
  ['classes held out', grouped.filter(({ error }) => isHeldOut(error.class))],
  // Near misses of a held-out class are often among the others.
  ['classes, all together', grouped],
] as const;
say(`\n## ${new Date().toISOString().slice(0, 10)}, grouping of errors, ${machine()}\n`);
say(
  'Command: `npm run bench:grouping`: errors provoked from real client libraries, as OTLP through the decoder of the collector. Pairs of errors: precision says how many of those put together belong together, recall how many that belong together were put together. Every way gets the same agent, step and error type.\n',
);
for (const [name, errors] of sides) {
  const { ways, suggestions } = judgeWays(errors);
  const classes = new Set(errors.map(({ error }) => error.class)).size;
  say(`| ${classes} ${name}, ${errors.length.toLocaleString('en')} errors | precision | recall | ARI | groups |`);
  say('|---|---|---|---|---|');
  for (const [way, { precision, recall, ari, groups }] of ways)
    say(`| ${way} | ${[precision, recall, ari].map((share) => share.toFixed(4)).join(' | ')} | ${groups} |`);
  const { splitClasses, helped, whole, wrong } = suggestions;
  say(
    `\nMerge suggestions: ${suggestions.suggestions}, of them ${wrong.length} wrong. Of ${splitClasses} classes in several patterns they bring ${helped} nearer together, ${whole} of these into one.\n`,
  );
}
say(`One fingerprint takes ${(await cpuUsOf(corpus)).toFixed(0)} µs of CPU, the mean over all errors.`);
if (task === undefined) appendFileSync(RESULTS, `${lines.join('\n')}\n`);

/** Alone, without decoding; a tenth warms up. */
async function cpuUsOf(errors: readonly ProvokedError[]): Promise<number> {
  const facts = errors.map((error) => ({
    projectId: 'default',
    agent: error.attributes['gen_ai.agent.name'] ?? '',
    service: 'agents',
    kind: 'tool',
    step: stepOf(error),
    errorType: error.exceptionType,
    message: error.exceptionMessage,
    stack: error.stack,
    given: '',
  }));
  for (const one of facts.slice(0, facts.length / 10)) fingerprint(one);
  const { cpuSeconds } = await cost(() => facts.forEach((one) => void fingerprint(one)));
  return (cpuSeconds / facts.length) * 1e6;
}
