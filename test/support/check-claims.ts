// Checks what a summary says against the spans, claim by claim: each figure, name, quotation and outcome. It knows the
// forms a sentence may take and none of the code that writes them; a sentence in no known form is a fault as well.
import type { Story, SummarySentence } from '#contracts/summary';
import {
  byTime,
  CHOICE_FORM,
  type Claim,
  clearDecisions,
  closing,
  failure,
  handedTo,
  marked,
  unsureDecision,
} from './claims.ts';
import { msOf, nameOf, type RawRun, stopsOf, tidy, wordsOf } from './raw-run.ts';
import { COST, COUNT, DURATION, isDuration, readCount, readNumber } from './stated-figures.ts';

/** A placeholder for quoted words: untrusted input, by its number. */
const QUOTED = '⟪(\\d+)⟫';
const quoted = (name: string) => `⟪(?<${name}>\\d+)⟫`;

/** The faults of a summary; empty when every claim holds. */
export function checkClaims(run: RawRun, story: Story): string[] {
  const recorded = wordsOf(run);
  return story.sentences.flatMap((sentence) => checkSentence(run, sentence, recorded));
}

function checkSentence(run: RawRun, { words, spanIds }: SummarySentence, recorded: string): string[] {
  const quotes: string[] = [];
  const form = words.map(({ text, isTold }) => (isTold ? `⟪${quotes.push(text) - 1}⟫` : text)).join('');
  const text = words.map((each) => each.text).join('');
  const cited = spanIds.map((id) => run.spans.find(({ spanId }) => spanId === id));
  const faults = cited.includes(undefined) ? [`cites a span that is not there: ${text}`] : [];
  for (const quote of quotes) {
    const bare = tidy(quote).replace(/…$/, '').replaceAll('’', "'");
    if (!recorded.replace(/[“”"’]/g, "'").includes(bare))
      faults.push(`states what was not recorded (${quote}): ${text}`);
  }
  for (const [pattern, holds] of FORMS) {
    const match = new RegExp(`^${pattern}$`, 'u').exec(form);
    if (match === null) continue;
    const claim: Claim = {
      run,
      cited: cited.filter((span) => span !== undefined),
      groups: match.groups ?? {},
      word: (number) => quotes[Number(number)] ?? '',
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
  `(?:; the circuit ${quoted('circuit')} opened)?`;
const WHO = `(?:It|${QUOTED})`;
const TOKENS = `(?:(?<in>[\\d,]+) tokens in)?(?: and )?(?:(?<out>[\\d,]+)(?: tokens)? out)?`;
const CHOICES = `${CHOICE_FORM}(?:(?:, | and )${CHOICE_FORM})*`;
/** What a policy did, where it was handed to, and what the answer was. */
const RULING =
  '(?:, and ⟪\\d+⟫(?:: ⟪\\d+⟫)?|: ⟪\\d+⟫|, and the run was escalated to ⟪\\d+⟫)?(?:; the answer was ⟪\\d+⟫)?';

/** Each form of a sentence, and what must hold for it to be true. */
const FORMS: readonly (readonly [string, (claim: Claim) => boolean])[] = [
  [`${WHO} was asked: “${quoted('text')}”\\.?`, ({ cited }) => cited.length === 1],
  [`${WHO} answered: “${quoted('text')}”\\.?`, ({ cited }) => cited.length === 1],
  [`${WHO} chose ${CHOICES}(?:; ${WHO} chose ${CHOICES})*(?:; [\\d,]+ more decisions followed)?\\.`, clearDecisions],
  [
    `${WHO} (?<verb>chose|leaned to) ${quoted('choice')} for ${quoted('name')}(?: at (?<at>[\\d.]+)(?:, below the (?<needs>[\\d.]+) it needs)?)?${RULING}\\.`,
    unsureDecision,
  ],
  [
    `${WHO} could not settle ${quoted('name')}(?: at (?<at>[\\d.]+)(?:, below the (?<needs>[\\d.]+) it needs)?)?${RULING}\\.`,
    unsureDecision,
  ],
  [
    `⟪(?<step>\\d+)⟫ was not called(?: (?<count>${COUNT}))?: the circuit was open${ERROR_TAILS}\\.`,
    (claim) => failure(claim, (span) => span.errorType === 'circuit_open'),
  ],
  [
    `(?:It|⟪(?<step>\\d+)⟫) (?<verb>timed out|failed)(?: (?<count>${COUNT}))?(?: with (?:⟪(?<type>\\d+)⟫)?:? ?(?:“${quoted('message')}”)?)?` +
      `(?:, (?:after|taking) (?<took>${DURATION})(?: in all)?)?${ERROR_TAILS}\\.`,
    (claim) => failure(claim, (span) => span.errorType !== 'circuit_open'),
  ],
  [
    `${WHO} was stopped \\(${quoted('reason')}\\)(?:, and the run was handed to ${quoted('target')})?\\.`,
    (claim) =>
      stopsOf(claim.run).some(
        (span) =>
          claim.cited.includes(span) && tidy(span.reason).startsWith(claim.word(claim.groups.reason).replace(/…$/, '')),
      ) &&
      (claim.groups.target === undefined || handedTo(claim, claim.word(claim.groups.target))),
  ],
  [
    `The run was handed to ${quoted('target')}(?:: ${quoted('reason')})?\\.`,
    (claim) => handedTo(claim, claim.word(claim.groups.target)),
  ],
  [
    `${WHO} ran ${quoted('step')} (?<count>${COUNT}), one after the other, taking (?<took>${DURATION})\\.`,
    ({ run, groups, word, cited }) => {
      const same = run.spans.filter(
        (span) => nameOf(span) === word(groups.step) && span.parentSpanId === cited[0]?.parentSpanId,
      );
      // One after the other: what overlaps the one before is no repeat of it.
      let endTime = '';
      const inTurn = [...same].sort(byTime).filter((span) => {
        if (span.startTime < endTime) return false;
        endTime = span.endTime;
        return true;
      });
      return (
        inTurn.length === readCount(groups.count) &&
        isDuration(
          groups.took ?? '',
          inTurn.reduce((sum, span) => sum + msOf(span), 0),
        )
      );
    },
  ],
  [
    `${quoted('step')} (?<end>took|gave up after) (?<count>[\\d,]+) attempts\\.`,
    ({ cited, groups }) =>
      Math.max(...cited.map(({ retryAttempt }) => (retryAttempt ?? 0) + 1)) === readNumber(groups.count ?? ''),
  ],
  [
    `${WHO} went on without (?<without>.*)\\.`,
    ({ cited, groups, word }) =>
      [...(groups.without ?? '').matchAll(/⟪(\d+)⟫/g)].every(([, number]) =>
        cited.some(({ marks }) =>
          marks.some(({ code, detail }) => code === 'degraded' && detail.includes(word(number))),
        ),
      ),
  ],
  [`The circuit ${quoted('name')} (?:opened|closed again)\\.`, marked('circuit')],
  [`${quoted('step')} was kept as a dead letter\\.`, marked('dead_letter')],
  [`The token of ${quoted('name')} was refreshed after it was rejected\\.`, marked('token_refreshed')],
  [`The answer of ${quoted('step')} no longer fits its schema: ${quoted('fields')}\\.`, marked('schema_changed')],
  [
    `The answer of ${quoted('step')} has values that its schema does not allow: ${quoted('fields')}\\.`,
    marked('constraint_failed'),
  ],
  [`${quoted('step')} had been done before, so its result was used again\\.`, marked('key')],
  [
    `${WHO} used (?<means>.*)\\.`,
    ({ run, groups, word }) =>
      [...(groups.means ?? '').matchAll(/⟪(\d+)⟫/g)].every(([, number]) =>
        run.spans.some(
          (span) =>
            tidy(span.model) === word(number) ||
            (['tool', 'retrieval'].includes(span.kind) && !span.isError && nameOf(span) === word(number)),
        ),
      ),
  ],
  [
    `${WHO} (?:is waiting|went silent while waiting) for (?:an answer|${quoted('whom')})(?:: ⟪\\d+⟫ ⟪\\d+⟫)?\\.`,
    ({ run, cited }) =>
      run.status !== 'ok' &&
      cited.some(({ decisionOutcome, spanId }) => decisionOutcome === 'pending' || spanId !== ''),
  ],
  [
    `${WHO} went silent (?:after|in) ${quoted('step')}\\.`,
    ({ run, cited, groups, word }) =>
      run.status === 'stalled' && cited.some((span) => nameOf(span) === word(groups.step)),
  ],
  [
    `The last step that ended is ${quoted('step')}\\.`,
    ({ run, cited, groups, word }) =>
      run.status === 'running' && cited.some((span) => nameOf(span) === word(groups.step)),
  ],
  [
    `The run (?<verb>finished in|failed after|ended after|has run for|was last seen after) (?<took>${DURATION})` +
      `(?:, (?<slow>${DURATION}) of it in ${quoted('step')})?(?:, and cost (?<cost>${COST})(?: for ${TOKENS})?)?(?:, and used ${TOKENS.replaceAll('?<in>', '?<in2>').replaceAll('?<out>', '?<out2>')})?\\.`,
    closing,
  ],
];
