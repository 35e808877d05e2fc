// Counts in a window that slides over errors: exact, without buckets or edges. Pure; times in ms, in ascending order.

/** One error, or several that one point represents where they are crowded. */
export interface Point {
  /** Names the error; one that is seen twice counts once. */
  readonly span: string;
  readonly trace: string;
  readonly version: string;
  readonly atMs: number;
  /** How many errors it represents. */
  readonly weight: number;
}

export interface Moment {
  readonly atMs: number;
  /** Errors in the window that ends here; one that is exactly a window old still counts. */
  readonly count: number;
  /** Different runs among them. */
  readonly traces: number;
  /** The points of the window. */
  readonly from: number;
  readonly to: number;
}

/** In time, each span once: the same errors, however they came. */
export function inOrder(points: readonly Point[]): Point[] {
  const bySpan = new Map(points.map((point) => [point.span, point]));
  return [...bySpan.values()].sort((a, b) => a.atMs - b.atMs || (a.span < b.span ? -1 : 1));
}

/** The first moment, at an error after `afterMs`, that `holds`; only errors after `afterMs` count. */
export function findMoment(
  points: readonly Point[],
  windowMs: number,
  afterMs: number,
  holds: (moment: Moment) => boolean,
): Moment | null {
  let from = lastIndexUpTo(points, afterMs) + 1;
  let count = 0;
  const traces = new Map<string, number>();
  for (let to = from; to < points.length; to++) {
    const { atMs, trace, weight } = points[to] as Point;
    count += weight;
    if (trace !== '') traces.set(trace, (traces.get(trace) ?? 0) + 1);
    for (let oldest = points[from] as Point; oldest.atMs < atMs - windowMs; oldest = points[++from] as Point) {
      count -= oldest.weight;
      const left = (traces.get(oldest.trace) ?? 0) - 1;
      if (left > 0) traces.set(oldest.trace, left);
      else traces.delete(oldest.trace);
    }
    // Errors of the same instant belong together.
    if (points[to + 1]?.atMs === atMs) continue;
    const moment = { atMs, count, traces: traces.size, from, to };
    if (holds(moment)) return moment;
  }
  return null;
}

export interface Recovery {
  /** Since when the window has held fewer than `below`; null when it does not at `untilMs`. */
  readonly lowSinceMs: number | null;
  /** When it had been low for `afterMs` without a break; null when it has not until `untilMs`. */
  readonly resolvedAtMs: number | null;
}

/** Looks from `fromMs` on; before that the data may be incomplete. */
export function findRecovery(
  points: readonly Point[],
  { windowMs, below, afterMs }: { readonly windowMs: number; readonly below: number; readonly afterMs: number },
  fromMs: number,
  untilMs: number,
): Recovery {
  let next = lastIndexUpTo(points, fromMs) + 1;
  let head = lastIndexUpTo(points, fromMs - windowMs - 1) + 1;
  let count = 0;
  for (let i = head; i < next; i++) count += (points[i] as Point).weight;
  let lowSinceMs = count < below ? fromMs : null;
  for (;;) {
    const arrivalMs = points[next]?.atMs ?? Number.POSITIVE_INFINITY;
    const exitMs = head < next ? (points[head] as Point).atMs + windowMs : Number.POSITIVE_INFINITY;
    const stepMs = Math.min(arrivalMs, exitMs);
    if (lowSinceMs !== null && lowSinceMs + afterMs <= Math.min(stepMs, untilMs))
      return { lowSinceMs, resolvedAtMs: lowSinceMs + afterMs };
    if (stepMs > untilMs) return { lowSinceMs, resolvedAtMs: null };
    // What arrives in the instant in which another leaves was there together with it.
    if (arrivalMs <= exitMs) {
      count += (points[next++] as Point).weight;
      if (count >= below) lowSinceMs = null;
    } else {
      count -= (points[head++] as Point).weight;
      if (count < below) lowSinceMs ??= exitMs;
    }
  }
}

/** How many errors are in the window that ends at `atMs`. */
export function countAt(points: readonly Point[], windowMs: number, atMs: number): number {
  let count = 0;
  for (let i = lastIndexUpTo(points, atMs); i >= 0 && (points[i] as Point).atMs >= atMs - windowMs; i--)
    count += (points[i] as Point).weight;
  return count;
}

/** Index of the newest point that is not after `limitMs`; -1 when there is none. */
export function lastIndexUpTo(points: readonly Point[], limitMs: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] as Point).atMs <= limitMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
