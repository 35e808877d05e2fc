// Writes a failure onto its span, whatever kind of step it is: the error, and the structured payload beside it.
import type { Span } from '@opentelemetry/api';
import { quietly } from './quietly.ts';
import { recordError } from './record-error.ts';
import { type Failure, failureAttributes, makeFailure, rememberFailure } from './reliability/failure.ts';
import { lastErrorOf } from './reliability/retries-exhausted.ts';
import { addFailure, failureFor, frameOf, type StepFrame } from './step-frame.ts';

/**
 * Records what was thrown. An error from an inner step is recorded as that step's failure, so that each span on its way
 * says where it began; any other error began here. Never throws.
 */
export function recordFailure(span: Span, thrown: unknown): void {
  quietly(() => recordError(span, thrown));
  quietly(() => {
    const frame = frameOf(span);
    if (frame !== undefined) noteInFrame(span, frame, thrown);
  });
}

function noteInFrame(span: Span, frame: StepFrame, thrown: unknown): void {
  const failure = failureFor(frame, thrown) ?? began(span, frame, thrown);
  span.setAttributes(failureAttributes(failure));
  // Several attempts sum up their failure on their own span; the caller gets the last error.
  const passedOn = quietly(() => lastErrorOf(thrown));
  addFailure(frame.around, passedOn, Object.is(passedOn, thrown) ? failure : (failureFor(frame, passedOn) ?? failure));
}

function began(span: Span, frame: StepFrame, thrown: unknown): Failure {
  const { traceId, spanId } = span.spanContext();
  const { step, attempt, maxAttempts, inputRef = `${traceId}/${spanId}` } = frame;
  const failure = makeFailure(thrown, { step, attempt, maxAttempts, inputRef, traceId, spanId, nowMs: Date.now() });
  addFailure(frame, thrown, failure);
  rememberFailure(thrown, failure);
  return failure;
}
