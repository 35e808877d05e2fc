// How a run came out, in one word. Pure.
import type { RunStatus } from '#contracts/run';
import type { RunFacts, RunOutcome } from '#contracts/run-facts';
import type { SpanFacts } from '../span-facts.ts';

/** Reasons that end a run as it was meant to; the others stop it. */
const AS_MEANT: ReadonlySet<string> = new Set(['goal_reached', 'no_tool_call', 'escalated']);

export function isStopped(span: Pick<SpanFacts, 'kind' | 'stopReason' | 'reason'>): boolean {
  return span.kind === 'agent' && span.stopReason !== null && span.reason !== null && !AS_MEANT.has(span.stopReason);
}

/**
 * The first that holds. A run that has not ended: waiting for someone, stalled, or running. Then: stopped by a limit of
 * its own or of an agent within it; failed; handed to someone; went on without something; recovered from an error; ok.
 */
export function outcomeOf(
  status: RunStatus,
  facts: Pick<RunFacts, 'stop' | 'escalations' | 'degraded' | 'errorCount' | 'open'>,
): RunOutcome {
  if (status === 'running') return facts.open?.isWaiting === true ? 'waiting' : 'running';
  if (status === 'stalled') return 'stalled';
  if (facts.stop !== null) return 'stopped';
  if (status === 'error') return 'failed';
  if (facts.escalations.some(({ answeredBy }) => answeredBy === null)) return 'escalated';
  if (facts.degraded.length > 0) return 'degraded';
  return facts.errorCount > 0 ? 'recovered' : 'ok';
}
