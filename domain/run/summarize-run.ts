// A run is summed up from the light facts of its spans, by the same rules for a list and for one trace. Pure.
import type { OpenStep } from '#contracts/open-step';
import type { Run } from '#contracts/run';
import type { RunFacts } from '#contracts/run-facts';
import { type CountedFacts, factsInTurns, type RunFigures } from './facts/compute-facts.ts';
import type { Payload } from './facts/excerpts.ts';
import { activityOf, factsOfOpenStep, topOpenStep } from './open-steps.ts';
import { rank, runStatus, topSpan } from './run-status.ts';
import { lowestReports } from './run-totals.ts';
import { byStart, lowestConfidence, type SpanFacts, toNanoseconds } from './span-facts.ts';
import { headlineOf } from './story/headline.ts';
import { atOnce } from './turns.ts';

export interface SummedUp {
  readonly run: Run;
  readonly facts: RunFacts;
}

/** The figures of a run that are counts over all its spans, for one of which not all spans are at hand. */
export type RunCounts = Pick<
  Run,
  'spanCount' | 'errorCount' | 'decisionCount' | 'model' | 'tokensIn' | 'tokensOut' | 'costUsd'
>;

export interface More {
  /** Of the few spans that may say what was asked (domain/run/facts/excerpts.ts). */
  readonly payloads?: readonly Payload[];
  /** When the spans given are a part of a large run: they hold its first and last ones, and all that its figures name. */
  readonly counted?: { readonly figures: RunCounts; readonly facts: CountedFacts } | null;
}

/** The run alone, as `sumUp` has it. */
export function summarizeRun(
  projectId: string,
  traceId: string,
  spans: readonly SpanFacts[],
  nowMs: number,
  open: readonly OpenStep[] = [],
): Run {
  return sumUp(projectId, traceId, spans, nowMs, open).run;
}

/**
 * Sums up a run: its figures, and the facts that its summary is written from.
 * @param spans every distinct span of the trace, in any order; none when it has only just begun
 * @param nowMs the time to judge by whether a run without an end still runs, ms since 1970
 * @param open steps that were announced and whose span has not come; without spans at least one
 */
export function sumUp(...given: Parameters<typeof sumUpInTurns>): SummedUp {
  return atOnce(sumUpInTurns(...given));
}

/** As `sumUp`, in turns. */
export function* sumUpInTurns(
  projectId: string,
  traceId: string,
  spans: readonly SpanFacts[],
  nowMs: number,
  open: readonly OpenStep[] = [],
  { payloads, counted = null }: More = {},
): Generator<void, SummedUp> {
  const ordered = [...spans].sort(byStart);
  const begun = [...ordered, ...open.map(factsOfOpenStep)].sort(byStart);
  const first = begun[0];
  if (first === undefined) throw new Error('a run has at least one span, or one step that was announced');
  yield;
  const top = topOf(ordered, open);
  const status = runStatus(ordered, nowMs, open);
  const activity = status === 'running' || status === 'stalled' ? activityOf(open) : null;
  const endTime = latest(begun.map((step) => step.endTime));
  const lowest = lowestConfidence(ordered);
  const errors = ordered.filter((span) => span.isError);
  const failure = status === 'error' ? [top, ...errors] : errors;
  yield;
  const counts = counted?.figures ?? (yield* count(ordered));
  const figures: RunFigures = {
    traceId,
    projectId,
    name: top.name,
    agent: top.agent ?? firstOf(begun, (span) => span.agent),
    service: top.service,
    sessionId: firstOf(begun, (span) => span.sessionId),
    userId: firstOf(begun, (span) => span.userId),
    status,
    startTime: first.startTime,
    endTime,
    durationMs: Number(toNanoseconds(endTime) - toNanoseconds(first.startTime)) / 1e6,
    minConfidence: lowest?.confidence ?? null,
    minConfidenceThreshold: lowest?.threshold ?? null,
    ...counts,
    errorType: firstOf(failure, (span) => span.errorType),
    activity,
  };
  yield;
  const facts = yield* factsInTurns(figures, ordered, top, payloads, counted?.facts);
  return { run: { ...figures, headline: headlineOf(facts) }, facts };
}

function* count(ordered: readonly SpanFacts[]): Generator<void, RunCounts> {
  const total = lowestReports(ordered);
  const tokensIn = total((span) => span.tokensIn);
  yield;
  const tokensOut = total((span) => span.tokensOut);
  yield;
  return {
    spanCount: ordered.length,
    errorCount: ordered.filter((span) => span.isError).length,
    decisionCount: ordered.filter((span) => span.kind === 'decision').length,
    model: [...new Set(ordered.flatMap((span) => span.model ?? []))].sort(),
    tokensIn,
    tokensOut,
    costUsd: total((span) => span.costUsd),
  };
}

/** The root span, else the root that was announced, else the best candidate. */
export function topOf(spans: readonly SpanFacts[], open: readonly OpenStep[]): SpanFacts {
  const known = spans.length === 0 ? undefined : topSpan(spans);
  const begun = topOpenStep(open);
  if (begun === undefined || (known !== undefined && (rank(known) < 2 || begun.parentSpanId !== null))) {
    return known as SpanFacts;
  }
  return factsOfOpenStep(begun);
}

/** ISO times of one shape compare as text. */
function latest(times: readonly string[]): string {
  return times.reduce((last, time) => {
    if (time > last) return time;
    return last;
  });
}

function firstOf(spans: readonly SpanFacts[], pick: (span: SpanFacts) => string | null): string | null {
  for (const span of spans) {
    const value = pick(span);
    if (value !== null) return value;
  }
  return null;
}
