// Checks what a summary says against the spans, claim by claim: each figure, name, quotation and outcome. It knows the
// forms a sentence may take and none of the code that writes them; a sentence in no known form is a fault as well.
import type { SpanFacts } from '#schema/span-facts';
import type { Story, SummarySentence } from '#schema/summary';
import {
  decisionOf,
  msOf,
  nameOf,
  originsOf,
  type RawRun,
  runMs,
  speaker,
  stopsOf,
  tidy,
  totalOf,
  wordsOf,
} from './raw-run.ts';
import { COST, COUNT, DURATION, isCost, isDuration, isShare, readCount, readNumber } from './told-figures.ts';

/** Where words of a stranger stood. */
const TOLD = '⟪(\\d+)⟫';
const told = (name: string) => `⟪(?<${name}>\\d+)⟫`;

interface Claim {
  readonly run: RawRun;
  readonly cited: readonly SpanFacts[];
  readonly groups: Readonly<Record<string, string | undefined>>;
  /** Words of a stranger by the number in the text. */
  word(number: string | undefined): string;
  /** The sentence with its numbers in place of strangers' words. */
  readonly form: string;
}

/** The faults of a summary; empty when every claim holds. */
export function checkClaims(run: RawRun, story: Story): string[] {
  const recorded = wordsOf(run);
  return story.sentences.flatMap((sentence) => checkSentence(run, sentence, recorded));
}

function checkSentence(run: RawRun, { words, spanIds }: SummarySentence, recorded: string): string[] {
  const strangers: string[] = [];
  const form = words.map(({ text, isTold }) => (isTold ? `⟪${strangers.push(text) - 1}⟫` : text)).join('');
  const text = words.map((each) => each.text).join('');
  const cited = spanIds.map((id) => run.spans.find(({ spanId }) => spanId === id));
  const faults = cited.includes(undefined) ? [`cites a span that is not there: ${text}`] : [];
  for (const stranger of strangers) {
    const bare = tidy(stranger).replace(/…$/, '').replaceAll('’', "'");
    if (!recorded.replace(/[“”"’]/g, "'").includes(bare))
      faults.push(`says what nobody recorded (${stranger}): ${text}`);
  }
  for (const [pattern, holds] of FORMS) {
    const match = new RegExp(`^${pattern}$`, 'u').exec(form);
    if (match === null) continue;
    const claim: Claim = {
      run,
      cited: cited.filter((span) => span !== undefined),
      groups: match.groups ?? {},
      word: (number) => strangers[Number(number)] ?? '',
      form,
    };
    const isTrue = holds(claim);
    return isTrue ? faults : [...faults, `is not so: ${text}`];
  }
  return [...faults, `is in no known form: ${form} (${text})`];
}

const ERROR_TAILS =
  `(?:, and the open circuit refused (?<refused>one more call|[\\d,]+ more calls))?` +
  `(?<without>, and the run went on without .*?)?(?:, then succeeded on attempt (?<attempt>[\\d,]+))?(?<letter>, and was kept as a dead letter)?` +
  `(?:; the circuit ${told('circuit')} opened)?`;
const WHO = `(?:It|${TOLD})`;
const TOKENS = `(?:(?<in>[\\d,]+) tokens in)?(?: and )?(?:(?<out>[\\d,]+)(?: tokens)? out)?`;
const CHOICE =
  /⟪(\d+)⟫ for ⟪(\d+)⟫(?: \((?:(0?\.?\d[\d.]*)(?:, just(?: over)? the ([\d.]+) it needs)?|a person’s answer)\))?/g;

/** Each form of a sentence, and what must hold for it to be true. */
const FORMS: readonly (readonly [string, (claim: Claim) => boolean])[] = [
  [`${WHO} was asked: “${told('text')}”\\.?`, ({ cited }) => cited.length === 1],
  [`${WHO} answered: “${told('text')}”\\.?`, ({ cited }) => cited.length === 1],
  [`${WHO} chose .* for .*\\.|${WHO} chose .*; [\\d,]+ more decisions followed\\.`, clearDecisions],
  [
    `${WHO} (?<verb>chose|leaned to) ${told('choice')} for ${told('name')}(?: at (?<at>[\\d.]+)(?:, below the (?<needs>[\\d.]+) it needs)?)?(?<rest>.*)\\.`,
    unsureDecision,
  ],
  [
    `${WHO} could not settle ${told('name')}(?: at (?<at>[\\d.]+)(?:, below the (?<needs>[\\d.]+) it needs)?)?(?<rest>.*)\\.`,
    unsureDecision,
  ],
  [
    `⟪(?<step>\\d+)⟫ was not called(?: (?<count>${COUNT}))?: the circuit was open${ERROR_TAILS}\\.`,
    (claim) => failure(claim, (span) => span.errorType === 'circuit_open'),
  ],
  [
    `(?:It|⟪(?<step>\\d+)⟫) (?<verb>timed out|failed)(?: (?<count>${COUNT}))?(?: with (?:⟪(?<type>\\d+)⟫)?:? ?(?:“${told('message')}”)?)?` +
      `(?:, (?:after|taking) (?<took>${DURATION})(?: in all)?)?${ERROR_TAILS}\\.`,
    (claim) => failure(claim, (span) => span.errorType !== 'circuit_open'),
  ],
  [
    `${WHO} was stopped \\(${told('reason')}\\)(?:, and the run was handed to ${told('target')})?\\.`,
    (claim) =>
      stopsOf(claim.run).some(
        (span) =>
          claim.cited.includes(span) && tidy(span.reason).startsWith(claim.word(claim.groups.reason).replace(/…$/, '')),
      ) &&
      (claim.groups.target === undefined || handedTo(claim, claim.word(claim.groups.target))),
  ],
  [
    `The run was handed to ${told('target')}(?:: ${told('reason')})?\\.`,
    (claim) => handedTo(claim, claim.word(claim.groups.target)),
  ],
  [
    `${WHO} ran ${told('step')} (?<count>${COUNT}), one after the other, taking (?<took>${DURATION})\\.`,
    ({ run, groups, word, cited }) => {
      const same = run.spans.filter(
        (span) => nameOf(span) === word(groups.step) && span.parentSpanId === cited[0]?.parentSpanId,
      );
      return (
        same.length >= readCount(groups.count) &&
        isDuration(
          groups.took ?? '',
          same.reduce((sum, span) => sum + msOf(span), 0),
        )
      );
    },
  ],
  [
    `${told('step')} (?<end>took|gave up after) (?<count>[\\d,]+) attempts\\.`,
    ({ cited, groups }) =>
      Math.max(...cited.map(({ retryAttempt }) => (retryAttempt ?? 0) + 1)) === readNumber(groups.count ?? ''),
  ],
  [
    `${WHO} went on without .*\\.`,
    ({ cited }) => cited.every(({ marks }) => marks.some(({ code }) => code === 'degraded')),
  ],
  [`The circuit ${told('name')} (?:opened|closed again)\\.`, marked('circuit')],
  [`${told('step')} was kept as a dead letter\\.`, marked('dead_letter')],
  [`The token of ${told('name')} was refreshed after it was rejected\\.`, marked('token_refreshed')],
  [`The answer of ${told('step')} no longer fits its schema: ${told('fields')}\\.`, marked('schema_changed')],
  [`${told('step')} had been done before, so its result was used again\\.`, marked('key')],
  [`${WHO} used .*\\.`, () => true],
  [
    `${WHO} (?:is waiting|went silent while waiting) for (?:an answer|${told('whom')})(?:: ⟪\\d+⟫ ⟪\\d+⟫)?\\.`,
    ({ run, cited }) =>
      run.status !== 'ok' &&
      cited.some(({ decisionOutcome, spanId }) => decisionOutcome === 'pending' || spanId !== ''),
  ],
  [
    `${WHO} went silent (?:after|in) ${told('step')}\\.`,
    ({ run, cited, groups, word }) =>
      run.status === 'stalled' && cited.some((span) => nameOf(span) === word(groups.step)),
  ],
  [
    `The last step that ended is ${told('step')}\\.`,
    ({ run, cited, groups, word }) =>
      run.status === 'running' && cited.some((span) => nameOf(span) === word(groups.step)),
  ],
  [
    `The run (?<verb>finished in|failed after|ended after|has run for|was last seen after) (?<took>${DURATION})` +
      `(?:, (?<slow>${DURATION}) of it in ${told('step')})?(?:, and cost (?<cost>${COST})(?: for ${TOKENS})?)?(?:, and used ${TOKENS.replaceAll('?<in>', '?<in2>').replaceAll('?<out>', '?<out2>')})?\\.`,
    closing,
  ],
];

const VERBS: Readonly<Record<RawRun['status'], string>> = {
  ok: 'finished in',
  error: 'failed after',
  running: 'has run for',
  stalled: 'was last seen after',
};

function closing({ run, groups, word, cited }: Claim): boolean {
  const verb =
    run.status !== 'running' && run.status !== 'stalled' && stopsOf(run).length > 0 ? 'ended after' : VERBS[run.status];
  if (groups.verb !== verb || !isDuration(groups.took ?? '', runMs(run.spans))) return false;
  if (
    groups.step !== undefined &&
    !cited.some((span) => nameOf(span) === word(groups.step) && isDuration(groups.slow ?? '', msOf(span)))
  )
    return false;
  const cost = totalOf(run.spans, (span) => span.costUsd);
  if ((groups.cost === undefined) !== (cost === null) || (cost !== null && !isCost(groups.cost ?? '', cost)))
    return false;
  const isCount = (claimed: string | undefined, total: number | null) =>
    claimed === undefined ? total === null : readNumber(claimed) === total;
  return (
    isCount(
      groups.in ?? groups.in2,
      totalOf(run.spans, (span) => span.tokensIn),
    ) &&
    isCount(
      groups.out ?? groups.out2,
      totalOf(run.spans, (span) => span.tokensOut),
    )
  );
}

function clearDecisions({ run, cited, form, word }: Claim): boolean {
  const choices = [...form.matchAll(CHOICE)];
  const areTrue = choices.every(([, choice, name, share, needs]) =>
    cited.some(
      (span) =>
        span.kind === 'decision' &&
        span.decisionChoice === word(choice) &&
        decisionOf(span) === word(name) &&
        (share === undefined || (span.confidence !== null && isShare(share, span.confidence))) &&
        (needs === undefined ||
          (span.threshold !== null && isShare(needs, span.threshold) && (span.confidence ?? 0) >= span.threshold)),
    ),
  );
  const more = /; ([\d,]+) more decisions followed\.$/.exec(form)?.[1];
  const decided = run.spans.filter(({ kind }) => kind === 'decision').length;
  return choices.length > 0 && areTrue && (more === undefined || readNumber(more) <= decided - choices.length);
}

function unsureDecision(claim: Claim): boolean {
  const { run, cited, groups, word, form } = claim;
  const span = cited[0];
  if (span === undefined || span.kind !== 'decision' || decisionOf(span) !== word(groups.name)) return false;
  if (groups.choice === undefined ? span.decisionChoice !== null : span.decisionChoice !== word(groups.choice))
    return false;
  if (groups.at !== undefined && (span.confidence === null || !isShare(groups.at, span.confidence))) return false;
  if (groups.needs !== undefined) {
    if (span.threshold === null || !isShare(groups.needs, span.threshold) || (span.confidence ?? 1) >= span.threshold)
      return false;
    if (Number(groups.at) >= Number(groups.needs)) return false;
  }
  const answer = /; the answer was ⟪(\d+)⟫/.exec(form)?.[1];
  if (answer !== undefined) {
    const said = run.spans.filter(
      (other) =>
        other.kind === 'decision' && decisionOf(other) === decisionOf(span) && other.startTime > span.startTime,
    );
    if (!said.some((other) => [other.decisionChoice, other.decisionOutcome].includes(word(answer)))) return false;
  }
  const target = /the run was escalated to ⟪(\d+)⟫/.exec(form)?.[1];
  return target === undefined || handedTo(claim, word(target));
}

function handedTo({ run, cited }: Claim, target: string): boolean {
  const spans = run.spans.filter(
    (span) => span.escalationTarget === target || (span.kind === 'escalation' && nameOf(span) === target),
  );
  return spans.some((span) => cited.includes(span));
}

const TIMED_OUT = /time(?:d[ _-]?)?[ _-]?out|deadline[ _-]?exceeded|did not end within/i;

function failure(claim: Claim, isSuch: (span: SpanFacts) => boolean): boolean {
  const { run, cited, groups, word } = claim;
  const type = groups.type === undefined ? null : word(groups.type);
  const step = groups.step === undefined ? null : word(groups.step);
  const first = cited[0];
  if (first === undefined || !first.isError || !isSuch(first)) return false;
  const isRun = first === speaker(run.spans);
  if (step !== null && nameOf(first) !== step && !(isRun && step === (first.agent ?? step))) return false;
  if (type !== null && tidy(first.errorType) !== type) return false;
  const alike = originsOf(run.spans).filter(
    (span) => nameOf(span) === nameOf(first) && span.errorType === first.errorType,
  );
  if (alike.length !== readCount(groups.count)) return false;
  if (
    groups.took !== undefined &&
    !isDuration(
      groups.took,
      alike.reduce((sum, span) => sum + msOf(span), 0),
    )
  )
    return false;
  if (groups.verb === 'timed out' && !TIMED_OUT.test(`${first.errorType} ${first.errorMessage}`)) return false;
  if (groups.refused !== undefined) {
    const refused = originsOf(run.spans).filter(
      (span) => nameOf(span) === nameOf(first) && span.errorType === 'circuit_open',
    ).length;
    if (refused !== (groups.refused.startsWith('one') ? 1 : readNumber(groups.refused.split(' ', 1)[0] ?? '')))
      return false;
  }
  if (
    groups.attempt !== undefined &&
    !cited.some((span) => !span.isError && (span.retryAttempt ?? -1) + 1 === readNumber(groups.attempt ?? ''))
  )
    return false;
  const hasMark = (code: string) => cited.some(({ marks }) => marks.some((mark) => mark.code === code));
  return (
    (groups.without === undefined || hasMark('degraded')) &&
    (groups.letter === undefined || hasMark('dead_letter')) &&
    (groups.circuit === undefined || hasMark('circuit'))
  );
}

function marked(code: string): (claim: Claim) => boolean {
  return ({ cited }) => cited.some(({ marks }) => marks.some((mark) => mark.code === code));
}
