// The structured payload of a failure: which step, which attempt, what kind of error, and a reference to its input.

import { activeContext, agentScope } from '../active-context.ts';
import { TELLTALE } from '../attributes.ts';
import { quietly } from '../quietly.ts';
import { errorMessage, errorType } from '../record-error.ts';
import { cut } from '../safe-json.ts';
import { shared } from '../shared-state.ts';
import { addFailure } from '../step-frame.ts';
import type { StepSpan } from '../step-span.ts';
import { statusOf } from './error-facts.ts';
import { isTransient } from './transient.ts';

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

const failures = () => shared('failures', () => new WeakMap<object, Failure>());

/**
 * The payload of an error that a function of this SDK rejected with: of the step in which it began, or of the retry, time
 * limit, circuit or key around that step. undefined for any other error, and for what is no object.
 */
export function failureOf(error: unknown): Failure | undefined {
  return (typeof error === 'object' && error !== null) || typeof error === 'function'
    ? failures().get(error)
    : undefined;
}

export interface FailureFacts {
  step: string;
  attempt: number;
  maxAttempts: number;
  inputRef: string;
  nowMs: number;
}

export function makeFailure(error: unknown, facts: FailureFacts & Pick<Failure, 'traceId' | 'spanId'>): Failure {
  const { nowMs, ...rest } = facts;
  return {
    ...rest,
    errorType: errorType(error),
    message: cut(errorMessage(error), MAX_MESSAGE),
    status: statusOf(error),
    isTransient: isTransient(error),
    at: new Date(nowMs).toISOString(),
  };
}

export function failureAttributes(failure: Failure): Record<string, string | number> {
  return {
    [TELLTALE.FAILURE_STEP]: failure.step,
    [TELLTALE.FAILURE_ATTEMPT]: failure.attempt,
    [TELLTALE.FAILURE_INPUT_REF]: failure.inputRef,
  };
}

/** For `failureOf`. */
export function rememberFailure(error: unknown, failure: Failure): void {
  if ((typeof error === 'object' && error !== null) || typeof error === 'function') failures().set(error, failure);
}

/** Writes the payload onto the failing span, in whose context it is called. Never throws. */
export function noteFailure(span: StepSpan, error: unknown, facts: FailureFacts): Failure | undefined {
  return quietly(() => {
    const failure = makeFailure(error, { ...facts, traceId: span.traceId, spanId: span.spanId });
    span.set(failureAttributes(failure));
    addFailure(agentScope(activeContext()).frame, error, failure);
    rememberFailure(error, failure);
    return failure;
  });
}

/** The span that holds a step's input, as a reference. */
export function inputRefOf(span: StepSpan, given: string | undefined): string {
  return given ?? `${span.traceId}/${span.spanId}`;
}
