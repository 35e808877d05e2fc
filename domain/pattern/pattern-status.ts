// The status of an error pattern: one rule, from what was recorded and what people said. Pure.

export const PATTERN_STATUSES = ['new', 'ongoing', 'regressed', 'muted', 'resolved'] as const;
export type PatternStatus = (typeof PATTERN_STATUSES)[number];

const DAY_MS = 24 * 3_600_000;
/** A pattern is new for a day after its first error. */
const NEW_FOR_MS = DAY_MS;
/** Errors this soon after someone resolved it, in the same versions, may be the last of what was resolved. */
export const REGRESSED_AFTER_MS = DAY_MS;

/** Times are ms since 1970. */
export interface PatternFacts {
  readonly firstEverMs: number;
  readonly lastEverMs: number;
  readonly seen: readonly { readonly version: string; readonly firstMs: number; readonly lastMs: number }[];
  /** What people said: solved then, having failed in these versions. */
  readonly resolved: { readonly atMs: number; readonly versions: readonly string[] } | null;
  readonly isMuted: boolean;
  /** Newest first. */
  readonly incidents: readonly {
    readonly status: string;
    readonly kind?: string;
    readonly resolvedAtMs: number | null;
  }[];
}

/**
 * `resolved`: someone resolved it and it has not come back since, or its last incident ended and it has been quiet.
 * `muted`: someone muted it. `regressed`: it came again a day or more after it was resolved, or in a newer
 * version. `new`: first seen less than a day ago. Else `ongoing`. In this order.
 */
export function patternStatus(facts: PatternFacts, nowMs: number): PatternStatus {
  const hasRegressed = isRegressed(facts);
  if (facts.resolved !== null && !hasRegressed) return 'resolved';
  if (facts.isMuted) return 'muted';
  const [newest] = facts.incidents;
  if (hasRegressed || (newest?.kind === 'regression' && newest.status !== 'resolved')) return 'regressed';
  if (newest?.resolvedAtMs != null && facts.lastEverMs <= newest.resolvedAtMs) return 'resolved';
  return nowMs - facts.firstEverMs < NEW_FOR_MS ? 'new' : 'ongoing';
}

function isRegressed({ resolved, lastEverMs, seen }: PatternFacts): boolean {
  if (resolved === null) return false;
  if (lastEverMs >= resolved.atMs + REGRESSED_AFTER_MS) return true;
  return seen.some(
    ({ version, lastMs, firstMs }) =>
      lastMs > resolved.atMs && firstMs > resolved.atMs && isNewerVersion(version, resolved.versions),
  );
}

/**
 * Whether a version is later than all of these. By their numbers (1.10 is later than 1.9; what follows a dash or plus
 * does not count); where one has none (a commit), any that is not among them. '' is no version.
 */
export function isNewerVersion(version: string, known: readonly string[]): boolean {
  if (version === '' || known.includes(version)) return false;
  const others = known.filter((each) => each !== '');
  const numbers = numbersOf(version);
  const knownNumbers = others.map(numbersOf);
  if (numbers === null || knownNumbers.includes(null)) return true;
  return knownNumbers.every((each) => compareNumbers(numbers, each as readonly number[]) > 0);
}

function numbersOf(version: string): readonly number[] | null {
  const match = /^v?(\d{1,9}(?:\.\d{1,9}){0,5})(?:[-+].*)?$/i.exec(version.slice(0, 200));
  return match === null ? null : (match[1] as string).split('.').map(Number);
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
