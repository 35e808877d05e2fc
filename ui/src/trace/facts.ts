// Facts derived from a run's spans: its decisions in order, its longest step, its services, the span to show first.
import type { SpanRow } from '#contracts/span';
import { isLow } from '../confidence.ts';

export const isLowDecision = (span: SpanRow): boolean =>
  span.decision !== null && isLow(span.decision.confidence, span.decision.threshold);

/** Spans that carry a decision, in the order given. */
export function decisionsOf(spans: readonly SpanRow[]): SpanRow[] {
  return spans.filter((span) => span.decision !== null);
}

/**
 * The longest step below the root, with all that it did: a tool call counts with its attempts and the waits between.
 * Agents around other steps are left out, since they last as long as the run. null when there are no spans.
 */
export function longestStep(spans: readonly SpanRow[]): SpanRow | null {
  const parents = new Set(spans.map((span) => span.parentSpanId));
  const isAround = (span: SpanRow) => span.parentSpanId === null || (span.kind === 'agent' && parents.has(span.spanId));
  const steps = spans.filter((span) => !isAround(span));
  const among = steps.length > 0 ? steps : spans;
  return among.reduce<SpanRow | null>(
    (longest, span) => (longest === null || span.durationMs > longest.durationMs ? span : longest),
    null,
  );
}

/** Errors that no child explains: where each failure began. */
export function firstErrors(spans: readonly SpanRow[]): SpanRow[] {
  const explained = new Set(spans.filter((span) => span.isError).map((span) => span.parentSpanId));
  return spans.filter((span) => span.isError && !explained.has(span.spanId));
}

/** Services in order of their first span. */
export const servicesOf = (spans: readonly Pick<SpanRow, 'service'>[]): string[] => [
  ...new Set(spans.map((span) => span.service)),
];

/** How many different error patterns the spans show; errors without a fingerprint count by their type. */
export function patternCount(spans: readonly SpanRow[]): number {
  return new Set(firstErrors(spans).map((span) => span.fingerprint ?? `${span.name} ${span.errorType}`)).size;
}

const NOTABLE_MARKS: ReadonlySet<string> = new Set([
  'degraded',
  'schema_changed',
  'constraint_failed',
  'dead_letter',
  'circuit',
]);

/**
 * The span to show when none is selected: the decision furthest below its threshold, else the first error, else a step
 * that recovered in a notable way, else the root.
 */
export function mostNotable(spans: readonly SpanRow[]): SpanRow | null {
  const gap = (span: SpanRow) => (span.decision?.threshold ?? 0) - (span.decision?.confidence ?? 0);
  const low = spans.filter(isLowDecision).sort((a, b) => gap(b) - gap(a))[0];
  const marked = spans.find(({ marks }) => marks.some(({ code }) => NOTABLE_MARKS.has(code)));
  return low ?? firstErrors(spans)[0] ?? marked ?? spans.find((span) => span.parentSpanId === null) ?? spans[0] ?? null;
}

/** Reasons that end a run as it was meant to; the others stop it (domain/run/facts/outcome.ts has the same). */
const AS_MEANT: ReadonlySet<string> = new Set(['goal_reached', 'no_tool_call', 'escalated']);

/** Agents that were stopped, with the condition in words. */
export const stopsOf = (spans: readonly SpanRow[]): SpanRow[] =>
  spans.filter(
    (span) =>
      span.kind === 'agent' && span.reason !== null && span.stopReason !== null && !AS_MEANT.has(span.stopReason),
  );

/** Where the run was handed to a person or another desk, if it was. */
export const escalationOf = (spans: readonly SpanRow[]): SpanRow | null =>
  spans.find((span) => span.kind === 'escalation') ?? spans.find((span) => span.escalationTarget !== null) ?? null;

/** Options that were not chosen, as recorded. */
export const rejectedOptions = (span: SpanRow): string[] =>
  span.decision === null
    ? []
    : [...new Set(span.decision.options)].filter((option) => option !== span.decision?.choice);
