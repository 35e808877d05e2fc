// Run totals of what spans report themselves. Many frameworks repeat the sum of the children on the parent, so a report
// counts only when nothing below it reports too. Pure.

interface Node {
  readonly spanId: string;
  readonly parentSpanId: string | null;
}

/**
 * Sums reports of the given spans: `sum(report)` adds up the reports that no descendant's report refines; null when
 * nobody reported.
 * @param spans distinct spans of one trace; parents may be missing, and links may form loops (they are untrusted input)
 */
export function lowestReports<T extends Node>(
  spans: readonly T[],
): (report: (span: T) => number | null) => number | null {
  let parents: ReadonlyMap<string, string> | undefined;
  return (report) => {
    const reporting = spans.filter((span) => report(span) !== null);
    if (reporting.length === 0) return null;
    parents ??= parentLinks(spans);
    const covered = ancestorsOf(reporting, parents);
    return reporting.reduce((sum, span) => (covered.has(span.spanId) ? sum : sum + (report(span) ?? 0)), 0);
  };
}

/** Span id to parent id, for parents that are there, without the links that would close a loop. */
function parentLinks(spans: readonly Node[]): Map<string, string> {
  const ids = new Set(spans.map((span) => span.spanId));
  const parents = new Map<string, string>();
  for (const { spanId, parentSpanId } of spans) {
    if (parentSpanId !== null && ids.has(parentSpanId)) parents.set(spanId, parentSpanId);
  }
  /** Which walk came by here first. Only parents can be part of a loop; walks from them cut it in the same place, whether or not the spans without children are known. */
  const walks = new Map<string, string>();
  const named = new Set(parents.values());
  for (const start of ids) {
    if (!named.has(start)) continue;
    let at: string | undefined = start;
    while (at !== undefined && !walks.has(at)) {
      walks.set(at, start);
      const parent = parents.get(at);
      if (parent !== undefined && walks.get(parent) === start) parents.delete(at);
      at = parents.get(at);
    }
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
