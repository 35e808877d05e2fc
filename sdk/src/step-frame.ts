// What a step has to know when it fails: its name, the attempt, where its input stands, and which errors it or a step
// inside it told already; and what was spent in it. One small object per span; the rest is made when something fails.
import type { Span } from '@opentelemetry/api';
import type { Failure } from './reliability/failure.ts';

/** An error and its payload. Errors are kept by identity: they may be anything that was thrown. */
interface Told {
  readonly error: unknown;
  readonly failure: Failure;
}

export interface StepFrame {
  readonly step: string;
  /** The caller's own reference to the input. */
  readonly inputRef: string | undefined;
  /** The step around this one. */
  readonly around: StepFrame | undefined;
  /** Which attempt it is, from 1, where somebody said so. */
  attempt: number;
  maxAttempts: number;
  told: Told[] | undefined;
  /** US dollars that this step and those inside it have counted against cost limits. */
  spentUsd: number;
}

/** A step with more failures than this inside it remembers the last ones. */
const MOST_TOLD = 16;
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
    told: undefined,
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

export function tell(frame: StepFrame | undefined, error: unknown, failure: Failure): void {
  if (frame === undefined) return;
  frame.told ??= [];
  frame.told.push({ error, failure });
  if (frame.told.length > MOST_TOLD) frame.told.shift();
}

/** The payload of an error that came from inside this step, or that the step told itself. The newest counts. */
export function toldBy(frame: StepFrame | undefined, error: unknown): Failure | undefined {
  return frame?.told?.findLast((told) => Object.is(told.error, error))?.failure;
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
