// Steps that have begun and not ended, as rows of the tree among the spans.
import type { OpenStep } from '#contracts/open-step';
import type { SpanRow } from '#contracts/span';
import { epochMs } from '../format.ts';

/** A row for the tree. @param untilEpochMs the latest time known of the run: an open step extends to it */
export function rowOfOpenStep(step: OpenStep, untilEpochMs: number): SpanRow {
  const { spanId, parentSpanId, name, kind, service, agent, startTime } = step;
  const endMs = step.state === 'stalled' ? epochMs(step.lastSeenAt) : untilEpochMs;
  return {
    ...{ spanId, parentSpanId, name, kind, service, agent, startTime },
    durationMs: Math.max(0, endMs - epochMs(startTime)),
    isError: false,
    errorType: null,
    errorMessage: null,
    fingerprint: null,
    model: null,
    provider: null,
    tokensIn: null,
    tokensOut: null,
    tokensCached: null,
    tokensReasoning: null,
    costUsd: null,
    toolName: null,
    decision: null,
    retryAttempt: null,
    escalationTarget: null,
    stopReason: null,
    reason: null,
    marks: [],
  };
}

/** Its state in two or three words. */
export function stateWords({ state, waitingFor }: Pick<OpenStep, 'state' | 'waitingFor'>): string {
  if (state === 'stalled') return 'stalled';
  if (state === 'running') return 'running';
  return waitingFor === null ? 'waiting' : `waiting for ${waitingFor}`;
}
