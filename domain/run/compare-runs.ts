// What failing runs share that good ones do not: shares with counts, only where the difference is unlikely to be chance.
// Pure.

/** What is compared of a run. */
export interface RunTraits {
  /** Versions of the services and of the agents that took part. */
  readonly versions: readonly string[];
  readonly models: readonly string[];
  readonly tools: readonly string[];
  /** Tokens that went into its largest model call; null = not recorded. */
  readonly inputTokens: number | null;
}

export const FACTORS = ['version', 'model', 'tool', 'input'] as const;
export type Factor = (typeof FACTORS)[number];

export interface Difference {
  readonly factor: Factor;
  /** The version, model or tool; for `input` the least number of tokens. */
  readonly value: string;
  /** Runs that have it, of those where the factor is known. */
  readonly failing: { readonly count: number; readonly of: number };
  readonly good: { readonly count: number; readonly of: number };
  /** Share among failing minus share among good runs, with its 95 % interval (Newcombe 1998, method 10). */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Fisher's exact test, two-sided, times the number of things compared (Bonferroni); at most 1. */
  readonly p: number;
}

export interface RunComparison {
  readonly failing: number;
  readonly good: number;
  /** Most significant first. Only what failing runs have more often. */
  readonly differences: readonly Difference[];
  /** What was compared without a difference that holds. */
  readonly alike: readonly Factor[];
  /** Too few runs on one side to say anything. */
  readonly isTooFew: boolean;
}

/** With fewer runs on a side hardly any difference could be distinguished from chance. */
export const MIN_RUNS = 5;
const MAX_P = 0.05;
/** A smaller difference is of no use, however certain it is. */
const MIN_DIFFERENCE = 0.1;
const MAX_SHOWN = 8;
/** Values that are in fewer failing runs than this are not compared: they could never explain the failure. */
const MIN_FAILING_SHARE = 0.1;
const INPUT_QUANTILES = [0.25, 0.5, 0.75, 0.9];

/** @param known what failing runs have by definition (the tool that failed): it is not compared */
export function compareRuns(
  failing: readonly RunTraits[],
  good: readonly RunTraits[],
  known: { readonly models: readonly string[]; readonly tools: readonly string[] } = { models: [], tools: [] },
): RunComparison {
  const base = { failing: failing.length, good: good.length };
  if (failing.length < MIN_RUNS || good.length < MIN_RUNS) {
    return { ...base, differences: [], alike: [], isTooFew: true };
  }
  const candidates = [
    ...valuesOf('version', failing, good, (run) => run.versions),
    ...valuesOf('model', failing, good, (run) => run.models.filter((each) => !known.models.includes(each))),
    ...valuesOf('tool', failing, good, (run) => run.tools.filter((each) => !known.tools.includes(each))),
    ...sizes(failing, good),
  ];
  const differences = candidates.map((candidate) => {
    const p = Math.min(1, fisherExact(candidate.failing, candidate.good) * candidates.length);
    return { ...candidate, ...newcombe(candidate.failing, candidate.good), p };
  });
  const real = differences.filter(({ p, difference }) => p < MAX_P && difference >= MIN_DIFFERENCE);
  // Of several sizes only the most significant.
  const shown = real
    .sort((a, b) => b.difference - a.difference || a.p - b.p)
    .filter((each, i) => each.factor !== 'input' || real.findIndex(({ factor }) => factor === 'input') === i);
  const compared = new Set(candidates.map(({ factor }) => factor));
  const different = new Set(shown.map(({ factor }) => factor));
  return {
    ...base,
    differences: shown.slice(0, MAX_SHOWN),
    alike: FACTORS.filter((factor) => compared.has(factor) && !different.has(factor)),
    isTooFew: false,
  };
}

type Candidate = Pick<Difference, 'factor' | 'value' | 'failing' | 'good'>;
type Share = Difference['failing'];

function valuesOf(
  factor: Factor,
  failing: readonly RunTraits[],
  good: readonly RunTraits[],
  of: (run: RunTraits) => readonly string[],
): Candidate[] {
  const countIn = (runs: readonly RunTraits[]) => {
    const counts = new Map<string, number>();
    for (const run of runs) for (const value of new Set(of(run))) counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
  };
  const inFailing = countIn(failing);
  const inGood = countIn(good);
  return [...inFailing]
    .filter(([value, count]) => value !== '' && count / failing.length >= MIN_FAILING_SHARE)
    .map(([value, count]) => ({
      factor,
      value,
      failing: { count, of: failing.length },
      good: { count: inGood.get(value) ?? 0, of: good.length },
    }));
}

function sizes(failing: readonly RunTraits[], good: readonly RunTraits[]): Candidate[] {
  const known = (runs: readonly RunTraits[]) => runs.flatMap(({ inputTokens }) => inputTokens ?? []);
  const [inFailing, inGood] = [known(failing), known(good)];
  if (inFailing.length < MIN_RUNS || inGood.length < MIN_RUNS) return [];
  const pooled = [...inFailing, ...inGood].sort((a, b) => a - b);
  const cuts = new Set(INPUT_QUANTILES.map((q) => rounded(pooled[Math.floor(q * (pooled.length - 1))] as number)));
  const above = (values: readonly number[], cut: number) => values.filter((value) => value >= cut).length;
  return [...cuts].map((cut) => ({
    factor: 'input' as const,
    value: String(cut),
    failing: { count: above(inFailing, cut), of: inFailing.length },
    good: { count: above(inGood, cut), of: inGood.length },
  }));
}

/** Two digits, so that a limit can be said. */
function rounded(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(2));
}

/**
 * Probability of a table at least as unlikely as this one when there is no difference: Fisher's exact test, two-sided
 * (sum of the tables with the same margins that are no more likely; Agresti, Categorical Data Analysis, 3.5.1).
 */
export function fisherExact(a: Share, b: Share): number {
  const hits = a.count + b.count;
  const total = a.of + b.of;
  const chance = (inA: number) => logChoose(a.of, inA) + logChoose(b.of, hits - inA) - logChoose(total, hits);
  const observed = chance(a.count);
  let sum = 0;
  for (let inA = Math.max(0, hits - b.of); inA <= Math.min(a.of, hits); inA++) {
    const each = chance(inA);
    // Equal ones differ in the last digits.
    if (each <= observed + 1e-7) sum += Math.exp(each);
  }
  return Math.min(1, sum);
}

const logFactorials = [0];
function logFactorial(n: number): number {
  for (let i = logFactorials.length; i <= n; i++) logFactorials.push((logFactorials[i - 1] as number) + Math.log(i));
  return logFactorials[n] as number;
}
const logChoose = (n: number, k: number) => logFactorial(n) - logFactorial(k) - logFactorial(n - k);

const Z95 = 1.959963984540054;

/** The interval of a share (Wilson 1927). */
export function wilson({ count, of }: Share): { low: number; high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const z2 = Z95 * Z95;
  const middle = (count + z2 / 2) / (of + z2);
  const half = (Z95 / (of + z2)) * Math.sqrt((count * (of - count)) / of + z2 / 4);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Difference of two shares and its interval, made of their Wilson intervals (Newcombe 1998, method 10). */
export function newcombe(a: Share, b: Share): { difference: number; low: number; high: number } {
  const [pa, pb] = [a.count / a.of, b.count / b.of];
  const [wa, wb] = [wilson(a), wilson(b)];
  const difference = pa - pb;
  return {
    difference,
    low: difference - Math.hypot(pa - wa.low, wb.high - pb),
    high: difference + Math.hypot(wa.high - pa, pb - wb.low),
  };
}
