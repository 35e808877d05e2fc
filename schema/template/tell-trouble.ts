// Sentences about what went wrong and how the run got through it, or did not. Pure.
import { formatDuration, formatExact, times } from '../format.ts';
import type { ErrorFact, NoteFact, RunFacts } from '../run-facts.ts';
import { type Draft, it, listed, plain, quoted, say } from './draft.ts';
import { WEIGHT } from './weights.ts';

const MAX_ERRORS = 2;

/** The failures, the one that the run failed for among them whatever else there is. */
export function tellErrors(facts: RunFacts): Draft[] {
  const root = facts.errors.find(
    (fact) => fact.step === facts.rootError?.step && fact.errorType === facts.rootError.errorType,
  );
  const calls = facts.errors.filter(({ errorType }) => errorType !== 'circuit_open');
  const others = calls.filter((fact) => fact !== root && !isPartOf(fact, root, facts));
  const told = root === undefined ? others.slice(0, MAX_ERRORS) : [root, ...others.slice(0, MAX_ERRORS - 1)];
  return told.map((fact) => tellError(facts, fact, fact === root));
}

/** Errors of attempts of the same step are told with it. */
const isPartOf = (fact: ErrorFact, root: ErrorFact | undefined, _facts: RunFacts): boolean =>
  root !== undefined && fact.step === root.step && fact.errorType === root.errorType;

function tellError(facts: RunFacts, fact: ErrorFact, isRoot: boolean): Draft {
  const isRun = isRoot && facts.rootError?.isRun === true;
  const subject = isRun ? it : fact.step;
  const verb = fact.timedOut ? 'timed out' : 'failed';
  const often = fact.count === 1 ? '' : ` ${times(fact.count)}`;
  const spans = [...fact.spanIds];
  const pieces = [...say`${subject} `, plain(`${verb}${often}`), ...because(fact), ...took(fact)];
  const retry = facts.retries.find(
    ({ step, spanIds }) => step === fact.step && spanIds.some((id) => spans.includes(id)),
  );
  const degraded = facts.degraded.find(({ spanId }) => retry?.spanIds.includes(spanId) || spans.includes(spanId));
  const refused = facts.errors.find(({ step, errorType }) => step === fact.step && errorType === 'circuit_open');
  if (refused !== undefined) {
    pieces.push(
      plain(
        `, and the open circuit refused ${refused.count === 1 ? 'one more call' : `${formatExact(refused.count)} more calls`}`,
      ),
    );
    spans.push(...refused.spanIds);
  }
  if (retry?.succeeded === true) {
    pieces.push(plain(`, then succeeded on attempt ${retry.attempts}`));
    spans.push(...retry.spanIds);
  } else if (degraded !== undefined) {
    pieces.push(...say`, and the run went on without ${listed(degraded.without.map((name) => say`${name}`))}`);
    spans.push(degraded.spanId);
  }
  const circuit = facts.notes.find((note) => note.code === 'circuit_opened' && spans.includes(note.spanId));
  if (circuit !== undefined) pieces.push(...say`; the circuit ${circuit.detail} opened`);
  pieces.push(plain('.'));
  return { pieces, spanIds: spans, isError: true, weight: isRoot ? WEIGHT.rootError : WEIGHT.error, atMs: fact.atMs };
}

const SHORT_MESSAGE_CHARS = 110;

/** ` with HTTP 504: “the bank timed out”`; a message that only repeats the type is left out. */
function because({ errorType, message }: ErrorFact): Draft['pieces'] {
  const type = errorType === null ? [] : say` with ${errorType}`;
  if (message === null || message === errorType || [...message].length > SHORT_MESSAGE_CHARS) return type;
  return [...type, plain(type.length === 0 ? ' with ' : ': '), ...quoted(message)];
}

function took({ durationMs, count }: ErrorFact): Draft['pieces'] {
  if (durationMs < 1) return [];
  return [plain(`, ${count === 1 ? 'after' : 'taking'} ${formatDuration(durationMs)}${count === 1 ? '' : ' in all'}`)];
}

export function tellDegraded(facts: RunFacts, told: ReadonlySet<string>): Draft[] {
  const rest = facts.degraded.filter(({ spanId }) => !told.has(spanId));
  if (rest.length === 0) return [];
  const names = rest.flatMap(({ without }) => without);
  const pieces = say`${it} went on without ${listed(names.slice(0, 4).map((name) => say`${name}`))}.`;
  return [
    {
      pieces,
      spanIds: rest.map(({ spanId }) => spanId),
      weight: WEIGHT.degraded,
      atMs: (rest[0] as { atMs: number }).atMs,
    },
  ];
}

/** Retries whose failures no sentence tells. */
export function tellRetries(facts: RunFacts, told: ReadonlySet<string>): Draft[] {
  return facts.retries
    .filter(({ spanIds }) => !spanIds.some((id) => told.has(id)))
    .slice(0, 1)
    .map(({ step, attempts, succeeded, spanIds, atMs }) => ({
      pieces: [...say`${step} `, plain(`${succeeded ? 'took' : 'gave up after'} ${formatExact(attempts)} attempts.`)],
      spanIds,
      weight: WEIGHT.retry,
      atMs,
    }));
}

export function tellLoops(facts: RunFacts): Draft[] {
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

export function tellNotes(facts: RunFacts, told: ReadonlySet<string>): Draft[] {
  return facts.notes
    .filter((note) => !(note.code === 'circuit_opened' && told.has(note.spanId)))
    .map((note) => ({ pieces: tellNote(note), spanIds: [note.spanId], weight: WEIGHT.note, atMs: note.atMs }));
}

function tellNote({ code, step, detail }: NoteFact): Draft['pieces'] {
  switch (code) {
    case 'circuit_opened':
      return say`The circuit ${detail || step} opened.`;
    case 'circuit_closed':
      return say`The circuit ${detail || step} closed again.`;
    case 'dead_letter':
      return say`${step} was kept as a dead letter, to be done later.`;
    case 'token_refreshed':
      return say`The token of ${detail} was refreshed after it was rejected.`;
    case 'schema_changed':
      return say`The answer of ${step} no longer fits its schema: ${detail}.`;
    case 'replayed':
      return say`${step} had been done before, so its result was used again.`;
  }
}
