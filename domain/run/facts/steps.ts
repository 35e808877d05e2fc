// What a run did, step by step: attempts folded into their step, repeats in a row into one. Pure.
import type { RetryFact, RunFacts, StepFact } from '#contracts/run-facts';
import type { SpanFacts } from '../span-facts.ts';
import { CITED_MAX, LIST_MAX, STEPS_MAX } from './limits.ts';
import { atMsOf, durationMsOf, outermost, sameStepAround, stepName, sumMs, type TraceIndex } from './trace-index.ts';

/** The same step so often, one after the other, is called a loop. */
const LOOP_TIMES = 5;

const idsOf = (spans: readonly SpanFacts[]): string[] => spans.slice(0, CITED_MAX).map(({ spanId }) => spanId);

/** Spans that are steps of their own: not the run itself, and not the inside of a step of the same name. */
const ownSteps = (index: TraceIndex): SpanFacts[] =>
  index.ordered.filter((span) => span !== index.top && sameStepAround(span, index) === null);

export function stepFacts(index: TraceIndex, retries: readonly RetryFact[]): { steps: StepFact[]; stepCount: number } {
  const retried = new Set(retries.flatMap(({ spanIds, succeeded }) => (succeeded ? spanIds : [])));
  const steps: StepFact[] = [];
  let last: { step: StepFact; endTime: string } | null = null;
  let stepCount = 0;
  for (const span of ownSteps(index)) {
    stepCount++;
    const name = stepName(span);
    const status = span.isError ? 'error' : retried.has(span.spanId) ? 'retried' : 'ok';
    if (
      last?.step.name === name &&
      last.step.kind === span.kind &&
      last.step.status === status &&
      span.startTime >= last.endTime
    ) {
      const { step } = last;
      step.times++;
      step.durationMs = Math.round((step.durationMs + durationMsOf(span)) * 1e6) / 1e6;
      if (step.spanIds.length < CITED_MAX) step.spanIds.push(span.spanId);
      last.endTime = span.endTime;
      continue;
    }
    const step: StepFact = {
      spanIds: [span.spanId],
      name,
      kind: span.kind,
      status,
      durationMs: durationMsOf(span),
      times: 1,
    };
    steps.push(step);
    last = { step, endTime: span.endTime };
  }
  if (steps.length <= STEPS_MAX) return { steps, stepCount };
  return { steps: [...steps.slice(0, STEPS_MAX / 2), ...steps.slice(-STEPS_MAX / 2)], stepCount };
}

/** Steps that took more than one attempt; attempts are below a span of the same step, or beside each other. */
export function retryFacts(index: TraceIndex): RetryFact[] {
  const groups = new Map<string, { around: SpanFacts | null; attempts: SpanFacts[] }>();
  for (const span of index.ordered) {
    if (span.retryAttempt === null) continue;
    const outer = outermost(span, index);
    const around = outer === span ? null : outer;
    const key = around === null ? `${span.parentSpanId}\n${stepName(span)}` : around.spanId;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { around, attempts: [span] });
    else known.attempts.push(span);
  }
  const facts: RetryFact[] = [];
  for (const { around, attempts } of groups.values()) {
    const failed = attempts.filter(({ isError }) => isError).length;
    const last = attempts.at(-1) as SpanFacts;
    const count = Math.max(attempts.length, (last.retryAttempt ?? 0) + 1);
    if (count < 2) continue;
    const cited = around === null ? attempts : [around, ...attempts];
    facts.push({
      stepSpanId: (cited[0] as SpanFacts).spanId,
      spanIds: idsOf(cited),
      atMs: atMsOf(cited[0] as SpanFacts, index),
      step: stepName(last),
      attempts: count,
      failed,
      succeeded: around === null ? !last.isError : !around.isError && !last.isError,
      durationMs: around === null ? sumMs(attempts) : durationMsOf(around),
    });
    if (facts.length === LIST_MAX) break;
  }
  return facts;
}

/** Siblings of one name that began after the one before had ended: what runs at once is no loop. */
export function loopFacts(index: TraceIndex): RunFacts['loops'] {
  const series = new Map<string, { spans: SpanFacts[]; endTime: string; durationMs: number; times: number }>();
  for (const span of ownSteps(index)) {
    if (span.kind === 'decision' || span.kind === 'guardrail') continue;
    const key = `${span.parentSpanId}\n${span.kind}\n${stepName(span)}`;
    const known = series.get(key);
    const durationMs = durationMsOf(span);
    if (known === undefined) series.set(key, { spans: [span], endTime: span.endTime, durationMs, times: 1 });
    else if (span.startTime >= known.endTime) {
      if (known.spans.length < CITED_MAX) known.spans.push(span);
      known.endTime = span.endTime;
      known.durationMs = Math.round((known.durationMs + durationMs) * 1e6) / 1e6;
      known.times++;
    }
  }
  return [...series.values()]
    .filter(({ times }) => times >= LOOP_TIMES)
    .sort((a, b) => b.times - a.times)
    .slice(0, LIST_MAX)
    .map(({ spans, times, durationMs }) => {
      const first = spans[0] as SpanFacts;
      return {
        spanIds: idsOf(spans),
        atMs: atMsOf(first, index),
        step: stepName(first),
        kind: first.kind,
        times,
        durationMs,
      };
    });
}

/**
 * The longest step below the run, with all that it did: a tool call counts with its attempts and the waits between.
 * Agents around other steps last as long as the run and are left out. null for a run of one span.
 */
export function slowestFact({ ordered, top, parents }: TraceIndex): RunFacts['slowest'] {
  let slowest: SpanFacts | null = null;
  let longestMs = -1;
  for (const span of ordered) {
    if (span === top || span.parentSpanId === null || (span.kind === 'agent' && parents.has(span.spanId))) continue;
    const durationMs = durationMsOf(span);
    if (durationMs <= longestMs) continue;
    slowest = span;
    longestMs = durationMs;
  }
  return slowestOf(slowest);
}

export function slowestOf(span: SpanFacts | null): RunFacts['slowest'] {
  return span === null
    ? null
    : { spanId: span.spanId, step: stepName(span), kind: span.kind, durationMs: durationMsOf(span) };
}
