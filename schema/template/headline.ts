// One line about a run, from facts only: what came of it, then as much of why as fits. Pure.
import { clip } from '../facts/clean.ts';
import { formatDuration, formatShare, plural, times } from '../format.ts';
import type { DecisionFact, ErrorFact, RunFacts } from '../run-facts.ts';
import { HEADLINE_MAX_CHARS } from '../summary.ts';

const length = (text: string): number => [...text].length;

/** The base, and of the extras in order those that still fit. */
function compose(base: string, ...extras: readonly (string | null)[]): string {
  let line = base;
  for (const extra of extras) {
    if (extra !== null && length(line) + length(extra) <= HEADLINE_MAX_CHARS) line += extra;
  }
  return clip(line, HEADLINE_MAX_CHARS);
}

/** Without a full stop at its end. */
const bare = (text: string): string => text.replace(/[\s.]+$/u, '');

/** At most HEADLINE_MAX_CHARS characters, one line. */
export function headlineOf(facts: RunFacts): string {
  return told(facts) || clip(facts.name, HEADLINE_MAX_CHARS);
}

function told(facts: RunFacts): string {
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
    return compose(`${who.name} ${state}${whom}`, reason === null ? null : `: ${step} ${bare(reason)}`, null);
  }
  const place = spanId === who.spanId ? '' : isOver ? `; last step ${step}` : `, in ${step}`;
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

const share = ({ confidence, threshold }: DecisionFact): string =>
  confidence === null || threshold === null
    ? ''
    : `${formatShare(confidence, threshold)} of ${formatShare(threshold, confidence)} needed`;

/** The decision furthest below its threshold. */
function doubt({ decisions }: RunFacts): DecisionFact | null {
  const gap = ({ confidence, threshold }: DecisionFact) => (threshold ?? 0) - (confidence ?? 0);
  const below = decisions.filter(
    ({ standing, confidenceSource }) => standing === 'below' && confidenceSource !== 'human',
  );
  return below.reduce<DecisionFact | null>(
    (worst, fact) => (worst === null || gap(fact) > gap(worst) ? fact : worst),
    null,
  );
}

function escalated(facts: RunFacts): string {
  const { who, escalations } = facts;
  const last = escalations.at(-1);
  if (last === undefined) return who.name;
  const unsure = doubt(facts);
  if (unsure !== null && (unsure.outcome === 'escalated' || unsure.outcome === 'pending')) {
    const answer = facts.decisions.find(({ spanId }) => spanId === unsure.answeredBy);
    return compose(
      `${who.name} was unsure of ${unsure.choice ?? unsure.name} (${share(unsure)})`,
      answer === undefined
        ? `, handed to ${last.target}`
        : `, ${last.target} answered ${answer.choice ?? answer.outcome}`,
    );
  }
  return compose(`${who.name} handed over to ${last.target}`, last.reason === null ? null : `: ${bare(last.reason)}`);
}

function recovery(facts: RunFacts): string {
  const { who, errors, errorCount } = facts;
  const [first] = errors;
  if (first === undefined) return `${who.name} finished with ${plural(errorCount, 'failed step')}`;
  const retry = facts.retries.find(({ step, succeeded }) => succeeded && step === first.step);
  const type = first.errorType === null || first.timedOut ? null : ` (${first.errorType})`;
  const more = errors.length > 1 ? `, and ${plural(errors.length - 1, 'other failure')}` : null;
  if (retry !== undefined)
    return compose(`${who.name} finished; ${first.step} needed ${retry.attempts} attempts`, type, more);
  return compose(`${who.name} finished although ${failed(first)}`, type, more);
}

const failed = ({ step, timedOut, count }: ErrorFact): string =>
  `${step} ${timedOut ? 'timed out' : 'failed'}${count === 1 ? '' : ` ${times(count)}`}`;

function because({ errors }: RunFacts): string | null {
  const [first] = errors;
  return first === undefined ? null : `: ${failed(first)}`;
}

const MAX_CHOICES = 4;

function success(facts: RunFacts): string {
  const { who, decisions, loops, steps, durationMs } = facts;
  const unsure = doubt(facts);
  if (unsure !== null)
    return compose(`${who.name} chose ${unsure.choice ?? unsure.name}, unsure`, ` (${share(unsure)})`);
  const chosen = decisions.flatMap(({ choice }) => choice ?? []);
  if (chosen.length > 0) return compose(`${who.name} chose ${chosen.slice(-MAX_CHOICES).join(', ')}`);
  const [loop] = loops;
  if (loop !== undefined) return compose(`${who.name} ran ${loop.step} ${times(loop.times)}`);
  const tools = [
    ...new Set(steps.flatMap(({ kind, name }) => (kind === 'tool' || kind === 'retrieval' ? [name] : []))),
  ];
  const used = tools.length === 0 ? null : `, using ${tools.slice(0, 3).join(', ')}`;
  return compose(`${who.name} finished in ${formatDuration(durationMs)}`, used);
}
