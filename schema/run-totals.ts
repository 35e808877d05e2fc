// Run totals of what spans report themselves. Many frameworks repeat the sum of the children on the parent, so a report
// counts only when nothing below it reports too. Pure.

interface Node {
  readonly spanId: string;
  readonly parentSpanId: string | null;
}

/**
 * The sum of the reports that no descendant's report refines; null when nobody reported.
 * @param spans distinct spans of one trace; parents may be missing, and links may form loops (they come from strangers)
 * @param report what a span itself reports, null when it does not
 */
export function sumOfLowestReports<T extends Node>(
  spans: readonly T[],
  report: (span: T) => number | null,
): number | null {
  const reporting = spans.filter((span) => report(span) !== null);
  if (reporting.length === 0) return null;
  const covered = ancestorsOf(reporting, parentLinks(spans));
  return reporting.reduce((sum, span) => (covered.has(span.spanId) ? sum : sum + (report(span) ?? 0)), 0);
}

/** Span id to parent id, for parents that are there, without the links that would close a loop. */
function parentLinks(spans: readonly Node[]): Map<string, string> {
  const ids = new Set(spans.map((span) => span.spanId));
  const parents = new Map<string, string>();
  for (const { spanId, parentSpanId } of spans) {
    if (parentSpanId !== null && ids.has(parentSpanId)) parents.set(spanId, parentSpanId);
  }
  const safe = new Set<string>();
  for (const start of ids) {
    const path = new Set<string>();
    let at: string | undefined = start;
    while (at !== undefined && !safe.has(at)) {
      path.add(at);
      const parent = parents.get(at);
      if (parent !== undefined && path.has(parent)) parents.delete(at);
      at = parents.get(at);
    }
    for (const id of path) safe.add(id);
  }
  return parents;
}

function ancestorsOf(spans: readonly Node[], parents: ReadonlyMap<string, string>): Set<string> {
  const found = new Set<string>();
  for (const { spanId } of spans) {
    let at = parents.get(spanId);
    // An ancestor that is known already has had its own ancestors added.
    while (at !== undefined && !found.has(at)) {
      found.add(at);
      at = parents.get(at);
    }
  }
  return found;
}
