// The structured payload of a failure: which step, which attempt, what kind of error, and where its input stands.
import { TELLTALE } from '../attributes.ts';
import { quietly } from '../quietly.ts';
import { errorMessage, errorType } from '../record-error.ts';
import { cut } from '../safe-json.ts';
import type { StepSpan } from '../step-span.ts';
import { isTransient, statusOf } from './transient.ts';

const MAX_MESSAGE = 1_000;

/** The same shape everywhere: on error spans, in dead letters, and for the caller through `failureOf`. */
export interface Failure {
  /** Name of the step that failed. */
  step: string;
  /** Low-cardinality kind of error, as `error.type` on the span. */
  errorType: string;
  message: string;
  /** HTTP status, or null when it was no answer. */
  status: number | null;
  /** Which attempt failed, from 1. */
  attempt: number;
  maxAttempts: number;
  /** Whether another attempt could help. */
  isTransient: boolean;
  /** The caller's own reference, else `traceId/spanId` of the span that holds the input. Never the input itself. */
  inputRef: string;
  traceId: string;
  spanId: string;
  /** ISO 8601, UTC. */
  at: string;
}

const failures = new WeakMap<object, Failure>();

/** The payload of an error that a function of this SDK rejected with; undefined for any other. */
export function failureOf(error: unknown): Failure | undefined {
  return typeof error === 'object' && error !== null ? failures.get(error) : undefined;
}

export interface FailureFacts {
  step: string;
  attempt: number;
  maxAttempts: number;
  inputRef: string;
  nowMs: number;
}

/** Writes the payload onto the failing span and remembers it for `failureOf`. Never throws. */
export function noteFailure(span: StepSpan, error: unknown, facts: FailureFacts): Failure | undefined {
  return quietly(() => {
    const failure: Failure = {
      step: facts.step,
      errorType: errorType(error),
      message: cut(errorMessage(error), MAX_MESSAGE),
      status: statusOf(error),
      attempt: facts.attempt,
      maxAttempts: facts.maxAttempts,
      isTransient: isTransient(error),
      inputRef: facts.inputRef,
      traceId: span.traceId,
      spanId: span.spanId,
      at: new Date(facts.nowMs).toISOString(),
    };
    span.set({
      [TELLTALE.FAILURE_STEP]: failure.step,
      [TELLTALE.FAILURE_ATTEMPT]: failure.attempt,
      [TELLTALE.FAILURE_INPUT_REF]: failure.inputRef,
    });
    if (typeof error === 'object' && error !== null) failures.set(error, failure);
    return failure;
  });
}

/** The span that holds a step's input, as a reference. */
export function inputRefOf(span: StepSpan, given: string | undefined): string {
  return given ?? `${span.traceId}/${span.spanId}`;
}
