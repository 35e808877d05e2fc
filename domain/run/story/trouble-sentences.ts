// Sentences about what went wrong and how the run got through it, or did not. Pure.
import type { ErrorFact, RunFacts } from '#contracts/run-facts';
import { charCount } from '../../clip.ts';
import { formatDuration, formatExact, times } from '../../format.ts';
import { type Draft, it, listed, type Piece, plain, quoted, say } from './draft.ts';
import { WEIGHT } from './weights.ts';
import { isRefusal, retryOf } from './words.ts';

const MAX_ERRORS = 2;
const SHORT_MESSAGE_CHARS = 120;

/** The failures; the one that the run failed for is among them whatever else there is. */
export function errorSentences(facts: RunFacts): Draft[] {
  const { rootError, errors } = facts;
  const isRoot = (fact: ErrorFact) =>
    rootError !== null && fact.step === rootError.step && fact.errorType === rootError.errorType;
  const root = errors.find(isRoot);
  // Refusals of an open circuit are reported with the failures that opened it.
  const isReported = (fact: ErrorFact) =>
    fact !== root && !(isRefusal(fact) && errors.some((other) => other.step === fact.step && !isRefusal(other)));
  const others = errors.filter(isReported);
  const reported = root === undefined ? others.slice(0, MAX_ERRORS) : [root, ...others.slice(0, MAX_ERRORS - 1)];
  return reported.map((fact) => errorSentence(facts, fact, fact === root));
}

function errorSentence(facts: RunFacts, fact: ErrorFact, isRoot: boolean): Draft {
  const spans = [...fact.spanIds];
  const isRun = isRoot && facts.rootError?.isRun === true;
  const pieces = [...say`${isRun ? it : fact.step} `, ...failure(fact), ...(isRun ? [] : took(fact))];
  const clause = (clauses: readonly Piece[], spanIds: readonly string[]) => {
    pieces.push(...clauses);
    spans.push(...spanIds);
  };
  const refused = isRefusal(fact)
    ? undefined
    : facts.errors.find((other) => other.step === fact.step && isRefusal(other));
  if (refused !== undefined) {
    const calls = refused.count === 1 ? 'one more call' : `${formatExact(refused.count)} more calls`;
    clause([plain(`, and the open circuit refused ${calls}`)], refused.spanIds);
  }
  const retry = retryOf(facts, fact);
  const degraded = facts.degraded.find(({ spanId }) => spanId === fact.stepSpanId || spans.includes(spanId));
  const letter = facts.notes.find((note) => note.code === 'dead_letter' && note.step === fact.step);
  if (degraded !== undefined) {
    const names = listed(degraded.without.map((name) => say`${name}`));
    clause(say`, and the run went on without ${names}`, [degraded.spanId]);
  } else if (retry?.succeeded === true && retry.failed === fact.count) {
    clause([plain(`, then succeeded on attempt ${formatExact(retry.attempts)}`)], retry.spanIds);
  } else if (letter !== undefined) clause([plain(', and was kept as a dead letter')], [letter.spanId]);
  const circuit = facts.notes.find((note) => note.code === 'circuit_opened' && spans.includes(note.spanId));
  if (circuit !== undefined) clause(say`; the circuit ${circuit.detail || circuit.step} opened`, [circuit.spanId]);
  pieces.push(plain('.'));
  const weight = isRoot ? WEIGHT.rootError : WEIGHT.error;
  // A run's own failure is known at its end.
  const atMs = isRun ? fact.atMs + fact.durationMs : fact.atMs;
  return { pieces, spanIds: spans, isError: true, weight, atMs };
}

function failure(fact: ErrorFact): Piece[] {
  const often = fact.count === 1 ? '' : ` ${times(fact.count)}`;
  if (isRefusal(fact)) return [plain(`was not called${often}: the circuit was open`)];
  return [plain(`${fact.timedOut ? 'timed out' : 'failed'}${often}`), ...because(fact)];
}

/** ` with HTTP 504: “the bank did not answer”`; a message that only repeats the type is left out. */
function because({ errorType, message }: ErrorFact): Piece[] {
  const type = errorType === null ? [] : say` with ${errorType}`;
  if (message === null || charCount(message) > SHORT_MESSAGE_CHARS) return type;
  if (errorType !== null && message.includes(errorType) && message.length <= errorType.length + 8) return type;
  return [...type, plain(type.length === 0 ? ' with ' : ': '), ...quoted(message)];
}

function took(fact: ErrorFact): Piece[] {
  if (fact.durationMs < 1 || isRefusal(fact)) return [];
  const length = formatDuration(fact.durationMs);
  return [plain(fact.count === 1 ? `, after ${length}` : `, taking ${length} in all`)];
}

/** What it went on without, where no failure reports it. */
export function degradedSentences(facts: RunFacts, cited: ReadonlySet<string>): Draft[] {
  const rest = facts.degraded.filter(({ spanId }) => !cited.has(spanId));
  const [first] = rest;
  if (first === undefined) return [];
  const names = rest.flatMap(({ without }) => without).slice(0, 4);
  const pieces = say`${it} went on without ${listed(names.map((name) => say`${name}`))}.`;
  return [{ pieces, spanIds: rest.map(({ spanId }) => spanId), weight: WEIGHT.degraded, atMs: first.atMs }];
}

/** Attempts whose failures no sentence reports. */
export function retrySentences(facts: RunFacts, cited: ReadonlySet<string>): Draft[] {
  const isCited = (retry: RunFacts['retries'][number]) =>
    retry.spanIds.some((id) => cited.has(id)) || facts.errors.some((fact) => retryOf(facts, fact) === retry);
  return facts.retries
    .filter((retry) => !isCited(retry))
    .slice(0, 1)
    .map(({ step, attempts, succeeded, spanIds, atMs }) => ({
      pieces: [...say`${step} `, plain(`${succeeded ? 'took' : 'gave up after'} ${formatExact(attempts)} attempts.`)],
      spanIds,
      weight: WEIGHT.retry,
      atMs,
    }));
}

export function loopSentences(facts: RunFacts): Draft[] {
  return facts.loops.slice(0, 1).map(({ step, times: n, durationMs, spanIds, atMs }) => ({
    pieces: [
      ...say`${it} ran ${step} `,
      plain(`${times(n)}, one after the other, taking ${formatDuration(durationMs)}.`),
    ],
    spanIds,
    weight: WEIGHT.loop,
    atMs,
  }));
}
