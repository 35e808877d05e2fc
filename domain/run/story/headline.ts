// One line about a run, from facts only: its outcome, then as much of why as fits. Pure.
import type { DecisionFact, ErrorFact, RunFacts } from '#contracts/run-facts';
import { charCount, clip } from '../../clip.ts';
import { formatDuration, formatShare, plural, times } from '../../format.ts';
import { HEADLINE_MAX_CHARS } from './limits.ts';
import { bare, belowInWords, handoverOf, isHeld, isRefusal, retryOf, whatPolicyDid } from './words.ts';

/** Less than this of a cut text is not worth showing. */
const WORTH_CHARS = 20;

/** The base, and of the extras in order those that fit whole; the last one may be too long and is cut with the line. */
function compose(base: string, ...extras: readonly (string | null)[]): string {
  let line = base;
  for (const [i, extra] of extras.entries()) {
    if (extra === null) continue;
    const left = HEADLINE_MAX_CHARS - charCount(line);
    if (charCount(extra) <= left) line += extra;
    else if (i === extras.length - 1 && left >= WORTH_CHARS) line += extra;
  }
  return line;
}

/** At most HEADLINE_MAX_CHARS characters, one line. */
export function headlineOf(facts: RunFacts): string {
  return clip(headlineText(facts) || facts.name, HEADLINE_MAX_CHARS);
}

function headlineText(facts: RunFacts): string {
  const handed = handover(facts);
  switch (facts.outcome) {
    case 'running':
    case 'waiting':
    case 'stalled':
      return present(facts);
    case 'stopped':
      return compose(`${facts.stop?.who} stopped: ${bare(facts.stop?.reason ?? '')}`, handed);
    case 'failed':
      return failure(facts, handed);
    case 'escalated':
      return escalated(facts);
    case 'degraded':
      return compose(
        `${facts.who.name} finished without ${facts.degraded.flatMap(({ without }) => without).join(', ')}`,
        because(facts),
      );
    case 'recovered':
      return recovery(facts);
    case 'ok':
      return success(facts);
  }
}

function handover({ escalations }: RunFacts): string | null {
  const target = escalations.at(-1)?.target;
  return target === undefined ? null : `, handed to ${target}`;
}

function present({ who, open, outcome }: RunFacts): string {
  if (open === null) return `${who.name} is running`;
  const { isWaiting, waitingFor, reason, step, isOver, spanId } = open;
  if (isWaiting) {
    const state = outcome === 'stalled' ? 'went silent while waiting' : 'is waiting';
    const whom = waitingFor === null || reason?.includes(waitingFor) ? '' : ` for ${waitingFor}`;
    return compose(`${who.name} ${state}${whom}`, reason === null ? null : `: ${step} ${bare(reason)}`);
  }
  const place = isOver ? `; last step ${step}` : spanId === who.spanId ? null : `, in ${step}`;
  return compose(`${who.name} ${outcome === 'stalled' ? 'went silent' : 'is running'}`, place);
}

function failure({ who, ownWords, rootError }: RunFacts, handed: string | null): string {
  if (rootError === null) return compose(`${who.name} failed`, handed);
  const { step, timedOut, errorType, message, attempt, isRun } = rootError;
  const what = timedOut ? 'timed out' : 'failed';
  const on = attempt !== null && attempt > 1 ? ` on attempt ${attempt}` : '';
  if (ownWords !== null) {
    const said = bare(ownWords.text);
    const target = handed?.replace(/^, handed to /, '') ?? '';
    const hand = target !== '' && said.includes(target) ? null : handed;
    return compose(said, said.includes(step) ? null : `: ${step} ${what}`, hand);
  }
  const type = errorType ?? (message === null ? null : bare(message));
  const also =
    errorType !== null && message !== null && message !== errorType && !timedOut ? `: ${bare(message)}` : null;
  if (isRun)
    return compose(`${who.name} failed`, type === null ? null : `: ${type}`, type === null ? null : also, handed);
  const base = timedOut ? `${who.name} failed: ${step} timed out${on}` : `${who.name} failed in ${step}${on}`;
  if (handed !== null) return compose(base, handed, timedOut || type === null ? null : ` (${type})`);
  return compose(base, timedOut || type === null ? null : `: ${type}`, timedOut || errorType === null ? null : also);
}

/** The decision furthest below its threshold. */
function doubt({ decisions }: RunFacts): DecisionFact | null {
  const gap = ({ confidence, threshold }: DecisionFact) => (threshold ?? 0) - (confidence ?? 0);
  let worst: DecisionFact | null = null;
  for (const fact of decisions) {
    if (fact.standing !== 'below' || fact.confidenceSource === 'human') continue;
    if (worst === null || gap(fact) > gap(worst)) worst = fact;
  }
  return worst;
}

function escalated(facts: RunFacts): string {
  const { who, escalations } = facts;
  const last = escalations.at(-1);
  if (last === undefined) return who.name;
  const base = `${who.name} handed over to ${last.target}`;
  const unsure = facts.decisions.find((fact) => fact.standing === 'below' && handoverOf(facts, fact) === last);
  if (unsure === undefined) return compose(base, last.reason === null ? null : `: ${bare(last.reason)}`);
  const share = `${formatShare(unsure.confidence ?? 0, unsure.threshold)} of ${formatShare(unsure.threshold ?? 0, unsure.confidence)} needed`;
  return compose(base, `: unsure of ${unsure.choice ?? unsure.name}`, `, ${share}`);
}

function recovery(facts: RunFacts): string {
  const { who, errors, errorCount } = facts;
  const [first] = errors;
  if (first === undefined) return `${who.name} finished with ${plural(errorCount, 'failed step')}`;
  const retry = retryOf(facts, first);
  const type = first.errorType === null || first.timedOut || isRefusal(first) ? null : ` (${first.errorType})`;
  const more = errors.length > 1 ? `, and ${plural(errors.length - 1, 'other failure')}` : null;
  if (retry?.succeeded === true)
    return compose(`${who.name} finished; ${first.step} needed ${retry.attempts} attempts`, type, more);
  return compose(`${who.name} finished although ${failed(first)}`, type, more);
}

const failed = (fact: ErrorFact): string => {
  if (isRefusal(fact)) return `the circuit of ${fact.step} was open`;
  return `${fact.step} ${fact.timedOut ? 'timed out' : 'failed'}${fact.count === 1 ? '' : ` ${times(fact.count)}`}`;
};

function because({ errors }: RunFacts): string | null {
  const [first] = errors;
  return first === undefined ? null : `: ${failed(first)}`;
}

const MAX_CHOICES = 4;

function success(facts: RunFacts): string {
  const { who, decisions, loops, steps, durationMs } = facts;
  const unsure = decisions.find(({ answeredBy }) => answeredBy !== null) ?? doubt(facts);
  if (unsure !== null) return uncertain(facts, unsure);
  const own = decisions.filter(({ agent }) => agent === null || agent === who.name);
  const chosen = (own.length > 0 ? own : decisions).flatMap(({ choice }) => choice ?? []);
  if (chosen.length > 0) return compose(`${who.name} chose ${chosen.slice(-MAX_CHOICES).join(', ')}`);
  const [loop] = loops;
  if (loop !== undefined) return compose(`${who.name} ran ${loop.step} ${times(loop.times)}`);
  const tools = [
    ...new Set(steps.flatMap(({ kind, name }) => (kind === 'tool' || kind === 'retrieval' ? [name] : []))),
  ];
  const used = tools.length === 0 ? null : `, using ${tools.slice(0, 3).join(', ')}`;
  return compose(`${who.name} finished in ${formatDuration(durationMs)}`, used);
}

function uncertain({ who, decisions }: RunFacts, fact: DecisionFact): string {
  const did = fact.reason === null ? null : whatPolicyDid(fact.reason).did;
  const answer = decisions.find(({ spanId }) => spanId === fact.answeredBy);
  if (answer !== undefined && did !== null)
    return compose(
      `${who.name} ${did} about ${fact.name}`,
      `; the answer was ${answer.choice ?? answer.outcome ?? 'not recorded'}`,
    );
  const what =
    fact.choice === null ? `could not settle ${fact.name}` : `${isHeld(fact) ? 'leaned to' : 'chose'} ${fact.choice}`;
  return compose(`${who.name} ${what} at ${belowInWords(fact)}`, did === null ? null : `, and ${did}`);
}
