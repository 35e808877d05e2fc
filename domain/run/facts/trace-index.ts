// A trace's spans with what the rules of facts ask for again and again. Pure.
import type { SpanFacts } from '../span-facts.ts';
import { toNanoseconds } from '../span-facts.ts';
import { cleanName } from './clean.ts';
import { NAME_MAX_CHARS } from './limits.ts';

export interface TraceIndex {
  /** By start, then by id. */
  readonly ordered: readonly SpanFacts[];
  /** The root span, or the best candidate; it need not be among them when it was only announced. */
  readonly top: SpanFacts;
  readonly byId: ReadonlyMap<string, SpanFacts>;
  /** Ids that failed spans name as their parent. */
  readonly failedParents: ReadonlySet<string>;
  readonly parents: ReadonlySet<string>;
  /** When the run began. */
  readonly startTime: string;
}

/** What is known of the spans of a run that are not among those given. */
export interface Elsewhere {
  /** Spans around those given: they can be looked up, and are no steps of any list. */
  readonly around: readonly SpanFacts[];
  /** Ids that failed spans name as their parent. */
  readonly failedParents: ReadonlySet<string>;
}

export function indexTrace(
  ordered: readonly SpanFacts[],
  top: SpanFacts,
  startTime: string,
  elsewhere: Elsewhere | null = null,
): TraceIndex {
  const failedParents = new Set<string>(elsewhere?.failedParents);
  const parents = new Set<string>();
  for (const { parentSpanId, isError } of ordered) {
    if (parentSpanId === null) continue;
    parents.add(parentSpanId);
    if (isError) failedParents.add(parentSpanId);
  }
  const byId = new Map<string, SpanFacts>();
  for (const span of elsewhere?.around ?? []) byId.set(span.spanId, span);
  for (const span of ordered) byId.set(span.spanId, span);
  return { ordered, top, byId, failedParents, parents, startTime };
}

/** What a step is called: its tool says more than its span. */
export const stepName = (span: Pick<SpanFacts, 'toolName' | 'name'>): string =>
  cleanName(span.toolName?.trim() ? span.toolName : span.name, NAME_MAX_CHARS);

export const decisionName = (span: Pick<SpanFacts, 'decisionName' | 'name'>): string =>
  cleanName(span.decisionName?.trim() ? span.decisionName : span.name, NAME_MAX_CHARS);

const bareName = (span: SpanFacts): string => (span.toolName?.trim() ? span.toolName : span.name).trim();

/** Its parent, when that is the same step seen from further out: a wrapper of attempts, or of a call. */
export function sameStepAround(span: SpanFacts, { byId }: Pick<TraceIndex, 'byId'>): SpanFacts | null {
  const parent = span.parentSpanId === null ? undefined : byId.get(span.parentSpanId);
  return parent !== undefined && parent !== span && bareName(parent) === bareName(span) ? parent : null;
}

/** The span farthest out that is the same step. Links are untrusted input and may form loops: the walk is bounded. */
export function outermost(span: SpanFacts, index: TraceIndex): SpanFacts {
  let at = span;
  for (let i = 0; i < 10; i++) {
    const around = sameStepAround(at, index);
    if (around === null || around === index.top) return at;
    at = around;
  }
  return at;
}

/** ms from the run's start to a span's. */
export const atMsOf = ({ startTime }: Pick<SpanFacts, 'startTime'>, index: Pick<TraceIndex, 'startTime'>): number =>
  durationMsOf({ startTime: index.startTime, endTime: startTime });

/** ms. Within one minute by its seconds alone, for a trace may have ten thousand spans. */
export function durationMsOf({ startTime, endTime }: Pick<SpanFacts, 'startTime' | 'endTime'>): number {
  if (startTime.slice(0, 17) === endTime.slice(0, 17)) {
    const seconds = Number(endTime.slice(17, -1)) - Number(startTime.slice(17, -1));
    return Math.round(seconds * 1e9) / 1e6;
  }
  return Number(toNanoseconds(endTime) - toNanoseconds(startTime)) / 1e6;
}

export const sumMs = (spans: readonly SpanFacts[]): number =>
  Math.round(spans.reduce((sum, span) => sum + durationMsOf(span), 0) * 1e6) / 1e6;
