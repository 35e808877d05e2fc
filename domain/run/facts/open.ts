// What a run that has not ended is at. Pure.
import type { Activity } from '#contracts/open-step';
import type { RunFacts } from '#contracts/run-facts';
import type { SpanFacts } from '../span-facts.ts';
import { cleanName, cleanText } from './clean.ts';
import { NAME_MAX_CHARS, REASON_MAX_CHARS } from './limits.ts';
import { decisionName, stepName, type TraceIndex } from './trace-index.ts';

/** @param activity what its process says it does now; null when it says nothing */
export function openFact({ ordered, top }: TraceIndex, activity: Activity | null): RunFacts['open'] {
  const asking = unanswered(ordered);
  if (activity !== null) {
    const isWaiting = activity.state === 'waiting' || activity.waitingFor !== null;
    const waitingFor = cleanText(activity.waitingFor, NAME_MAX_CHARS);
    // A decision that asked the same one says why as well.
    const isSame = asking !== null && waitingFor !== null && (asking.reason ?? '').includes(waitingFor);
    return {
      spanId: activity.spanId,
      step: isSame ? decisionName(asking) : cleanName(activity.step, NAME_MAX_CHARS),
      isWaiting,
      waitingFor,
      reason: isSame ? cleanText(asking.reason, REASON_MAX_CHARS) : null,
      isOver: false,
    };
  }
  if (asking !== null) {
    const reason = cleanText(asking.reason, REASON_MAX_CHARS);
    return {
      spanId: asking.spanId,
      step: decisionName(asking),
      isWaiting: true,
      waitingFor: null,
      reason,
      isOver: true,
    };
  }
  let last = top;
  for (const span of ordered) if (span.endTime > last.endTime || last === undefined) last = span;
  return { spanId: last.spanId, step: stepName(last), isWaiting: false, waitingFor: null, reason: null, isOver: true };
}

/** The last decision that waits for an answer: pending, and no later one of its name says otherwise. */
function unanswered(ordered: readonly SpanFacts[]): SpanFacts | null {
  const answered = new Set<string>();
  for (let i = ordered.length - 1; i >= 0; i--) {
    const span = ordered[i] as SpanFacts;
    if (span.kind !== 'decision') continue;
    const name = decisionName(span);
    if (span.decisionOutcome === 'pending' && !answered.has(name)) return span;
    answered.add(name);
  }
  return null;
}
