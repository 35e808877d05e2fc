// What a step needs to know when it fails: its name, the attempt, where its input is, and which errors it or a step
// inside it has reported already; also what was spent in it. One small object per span; the rest is made on failure.
import type { Span } from '@opentelemetry/api';
import type { Failure } from './reliability/failure.ts';

/** An error and its payload. Errors are kept by identity: they may be anything that was thrown. */
interface KnownFailure {
  readonly error: unknown;
  readonly failure: Failure;
}

export interface StepFrame {
  readonly step: string;
  /** The caller's own reference to the input. */
  readonly inputRef: string | undefined;
  /** The step around this one. */
  readonly around: StepFrame | undefined;
  /** Which attempt it is, counted from 1; stays 1 outside a retry. */
  attempt: number;
  maxAttempts: number;
  failures: KnownFailure[] | undefined;
  /** US dollars that this step and those inside it have counted against cost limits. */
  spentUsd: number;
}

/** A step with more failures inside it keeps the last ones. */
const MAX_FAILURES = 16;
// Of the whole process: the frame of a span that another copy of the SDK began is found too.
const FRAME: unique symbol = Symbol.for('telltale.sdk.v1.frame');
type Framed = Span & { [FRAME]?: StepFrame };

/** What is given may be anything: without types no step is a text, and no reference. */
export function newFrame(step: unknown, inputRef: unknown, around: StepFrame | undefined): StepFrame {
  return {
    step: String(step),
    inputRef: typeof inputRef === 'string' ? inputRef : undefined,
    around,
    attempt: 1,
    maxAttempts: 1,
    failures: undefined,
    spentUsd: 0,
  };
}

/** On the span itself, because a map of all open spans costs ten times as much. */
export function putFrame(span: Span, frame: StepFrame): void {
  (span as Framed)[FRAME] = frame;
}

export function frameOf(span: Span): StepFrame | undefined {
  return (span as Framed)[FRAME];
}

export function addFailure(frame: StepFrame | undefined, error: unknown, failure: Failure): void {
  if (frame === undefined) return;
  frame.failures ??= [];
  frame.failures.push({ error, failure });
  if (frame.failures.length > MAX_FAILURES) frame.failures.shift();
}

/** The payload of an error that came from inside this step, or that the step itself recorded. The newest counts. */
export function failureFor(frame: StepFrame | undefined, error: unknown): Failure | undefined {
  return frame?.failures?.findLast((known) => Object.is(known.error, error))?.failure;
}

/**
 * What of `costUsd`, the cost of this step, was not counted yet: a model call inside may have reported the same dollars.
 * It counts as counted from now on, for the steps around too.
 */
export function takeUncounted(frame: StepFrame | undefined, costUsd: number): number {
  const uncounted = costUsd - (frame?.spentUsd ?? 0);
  if (!(uncounted > 0)) return 0;
  for (let each = frame; each !== undefined; each = each.around) each.spentUsd += uncounted;
  return uncounted;
}
