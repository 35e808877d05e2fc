// Whether a claim holds, form by form: each reads the spans itself. See check-claims.ts.
import type { SpanFacts } from '#domain/run/span-facts';
import { decisionOf, msOf, nameOf, originsOf, type RawRun, runMs, speaker, stopsOf, tidy, totalOf } from './raw-run.ts';
import { isCost, isDuration, isShare, readCount, readNumber } from './stated-figures.ts';

export interface Claim {
  readonly run: RawRun;
  readonly cited: readonly SpanFacts[];
  readonly groups: Readonly<Record<string, string | undefined>>;
  /** Quoted words, by their number in the text. */
  word(number: string | undefined): string;
  /** The sentence with numbers in place of quoted words. */
  readonly form: string;
}

export const CHOICE_FORM =
  '⟪(\\d+)⟫ for ⟪(\\d+)⟫(?: \\((?:([01]\\.\\d+)(?:, just(?: over)? the ([01]\\.\\d+) it needs)?|a person’s answer)\\))?';
const CHOICE = new RegExp(CHOICE_FORM, 'g');

export const byTime = (a: SpanFacts, b: SpanFacts): number => (a.startTime < b.startTime ? -1 : 1);

const VERBS: Readonly<Record<RawRun['status'], string>> = {
  ok: 'finished in',
  error: 'failed after',
  running: 'has run for',
  stalled: 'was last seen after',
};

export function closing({ run, groups, word, cited }: Claim): boolean {
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

export function clearDecisions({ run, cited, form, word }: Claim): boolean {
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

export function unsureDecision(claim: Claim): boolean {
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

export function handedTo({ run, cited }: Claim, target: string): boolean {
  const spans = run.spans.filter(
    (span) => span.escalationTarget === target || (span.kind === 'escalation' && nameOf(span) === target),
  );
  return spans.some((span) => cited.includes(span));
}

const TIMED_OUT = /time(?:d[ _-]?)?[ _-]?out|deadline[ _-]?exceeded|did not end within/i;

export function failure(claim: Claim, isSuch: (span: SpanFacts) => boolean): boolean {
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

export function marked(code: string): (claim: Claim) => boolean {
  return ({ cited }) => cited.some(({ marks }) => marks.some((mark) => mark.code === code));
}
