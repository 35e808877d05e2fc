// What a checker needs to know of a run, worked out from its spans the long way round, by nothing of domain/run/facts.
import type { SpanFacts } from '#domain/run/span-facts';

export interface RawRun {
  readonly spans: readonly SpanFacts[];
  readonly payloads: readonly {
    readonly spanId: string;
    readonly input: string | null;
    readonly output: string | null;
  }[];
  readonly status: 'ok' | 'error' | 'running' | 'stalled';
}

export const tidy = (text: string | null | undefined): string => (text ?? '').replace(/\s+/g, ' ').trim();
export const nameOf = (span: SpanFacts): string => tidy(span.toolName || span.name) || '(no name)';
export const decisionOf = (span: SpanFacts): string => tidy(span.decisionName || span.name);

const atNs = (iso: string): bigint =>
  BigInt(Date.parse(`${iso.slice(0, 19)}Z`)) * 1_000_000n + BigInt(iso.slice(20, 29).padEnd(9, '0'));
export const msOf = (span: SpanFacts): number => Number(atNs(span.endTime) - atNs(span.startTime)) / 1e6;

export function runMs(spans: readonly SpanFacts[]): number {
  const starts = spans.map(({ startTime }) => startTime).sort();
  const ends = spans.map(({ endTime }) => endTime).sort();
  return Number(atNs(ends.at(-1) as string) - atNs(starts[0] as string)) / 1e6;
}

/** The span without a parent that began first; without one the first of those whose parent is elsewhere, else of all. */
export function speaker(spans: readonly SpanFacts[]): SpanFacts {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const first = (some: readonly SpanFacts[]) =>
    [...some].sort((a, b) => (a.startTime + a.name < b.startTime + b.name ? -1 : 1))[0];
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === null);
  const remote = spans.filter(
    ({ parentSpanId, otelKind }) => !ids.has(parentSpanId ?? '') && (otelKind === 2 || otelKind === 5),
  );
  return (first(roots) ?? first(remote) ?? first(spans)) as SpanFacts;
}

/** What the spans report, each once: a report counts when no span below reports too. */
export function totalOf(spans: readonly SpanFacts[], pick: (span: SpanFacts) => number | null): number | null {
  const children = new Map<string, SpanFacts[]>();
  for (const span of spans)
    children.set(span.parentSpanId ?? '', [...(children.get(span.parentSpanId ?? '') ?? []), span]);
  const reportsBelow = (id: string, depth: number): boolean =>
    depth < 50 &&
    (children.get(id) ?? []).some((child) => pick(child) !== null || reportsBelow(child.spanId, depth + 1));
  const counted = spans.filter((span) => pick(span) !== null && !reportsBelow(span.spanId, 0));
  return counted.length === 0 ? null : counted.reduce((sum, span) => sum + (pick(span) as number), 0);
}

/** Failed spans below which nothing failed. */
export const originsOf = (spans: readonly SpanFacts[]): SpanFacts[] =>
  spans.filter((span) => span.isError && !spans.some((child) => child.isError && child.parentSpanId === span.spanId));

const ENDED_WELL = ['goal_reached', 'no_tool_call', 'escalated'];
export const stopsOf = ({ spans }: RawRun): SpanFacts[] => {
  const stopped = spans.filter(
    ({ kind, stopReason, reason }) =>
      kind === 'agent' && stopReason !== null && reason !== null && !ENDED_WELL.includes(stopReason),
  );
  const top = speaker(spans);
  if (stopped.includes(top)) return [top];
  return top.isError ? [] : stopped;
};

/** Everything that was recorded as text anywhere in the run. */
export function wordsOf({ spans, payloads }: RawRun): string {
  const recorded = spans.flatMap((span) => [
    span.name,
    span.toolName,
    span.agent,
    span.service,
    span.model,
    span.decisionName,
    span.decisionChoice,
    span.decisionOutcome,
    span.errorType,
    span.errorMessage,
    span.escalationTarget,
    span.reason,
    ...span.marks.map(({ detail }) => detail),
  ]);
  const said = payloads.flatMap(({ input, output }) =>
    [input, output].flatMap((text) => (text === null ? [] : [text, unescaped(text)])),
  );
  return tidy([...recorded, ...said].join(' \u0001 '));
}

/** The text inside JSON strings, whatever its shape. */
function unescaped(text: string): string {
  const strings = [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([quoted]) => {
    try {
      return String(JSON.parse(quoted));
    } catch {
      return '';
    }
  });
  return [...strings, ...strings.filter((inner) => inner.includes('"')).map(unescaped)].join(' \u0001 ');
}
