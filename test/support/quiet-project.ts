// A project on ordinary days, as sums per five minutes: agents with their daily and weekly rhythm, steady shares of
// failures, unsure decisions and escalations, and costs and durations that scatter as they do.
import { BIN_RATIO, type MeasureSource } from '#storage/measure-sources';
import type { MeasureSlice } from '#storage/read-measures';
import type { MeasureReader } from '../../alerting/evaluate/measures/judge-points.ts';
import { seededRandom } from '../faults/random.ts';

const STEP_MS = 5 * 60_000;
const DAY_STEPS = 288;

export interface QuietAgent {
  readonly name: string;
  readonly runsAnHour: number;
  /** Shares of the runs. */
  readonly failed: number;
  readonly escalated: number;
  readonly unsure: number;
  readonly usdARun: number;
  readonly msARun: number;
}

export const AGENTS: readonly QuietAgent[] = [
  { name: 'desk', runsAnHour: 120, failed: 0.02, escalated: 0.06, unsure: 0.15, usdARun: 0.03, msARun: 9000 },
  { name: 'clerk', runsAnHour: 30, failed: 0.08, escalated: 0.2, unsure: 0.3, usdARun: 0.2, msARun: 20_000 },
  { name: 'triage', runsAnHour: 400, failed: 0.004, escalated: 0.01, unsure: 0.05, usdARun: 0.002, msARun: 1500 },
  { name: 'night', runsAnHour: 6, failed: 0.1, escalated: 0.3, unsure: 0.5, usdARun: 1.5, msARun: 120_000 },
];

/** What is out of the ordinary: changes the agent at some steps. */
export type Trouble = (agent: QuietAgent, atMs: number) => QuietAgent;

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function poisson(random: () => number, mean: number): number {
  const limit = Math.exp(-mean);
  let [n, product] = [0, random()];
  while (product > limit) {
    n++;
    product *= random();
  }
  return n;
}

const BINNED: ReadonlySet<MeasureSource> = new Set(['runs']);

/** Five-minute sums of one source from `fromMs` to `toMs`. Costs and durations scatter lognormally, σ = 1 and 0.8. */
function simulate(source: MeasureSource, seed: number, fromMs: number, toMs: number, trouble: Trouble): MeasureSlice[] {
  const slices: MeasureSlice[] = [];
  for (const [i, usualAgent] of AGENTS.entries()) {
    const random = seededRandom(seed * 1000 + i * 10 + source.length);
    for (let atMs = fromMs + STEP_MS; atMs <= toMs; atMs += STEP_MS) {
      const agent = trouble(usualAgent, atMs);
      const count = poisson(random, (agent.runsAnHour / 12) * rhythm(atMs));
      if (count === 0) continue;
      const share =
        { runs: agent.failed, escalations: agent.escalated, decisions: agent.unsure }[source as 'runs'] ?? 1;
      const bins = new Map<number, number>();
      let [hits, sum] = [0, 0];
      for (let run = 0; run < count; run++) {
        if (random() < share) hits++;
        if (source === 'cost') sum += agent.usdARun * Math.exp(normal(random));
        if (!BINNED.has(source)) continue;
        const ms = agent.msARun * Math.exp(0.8 * normal(random));
        const bin = Math.floor(Math.log(Math.max(1, ms)) / Math.log(BIN_RATIO));
        bins.set(bin, (bins.get(bin) ?? 0) + 1);
      }
      slices.push({ subject: agent.name, atMs, count, hits, sum, bins: [...bins], traces: [] });
    }
  }
  return slices.sort((a, b) => a.atMs - b.atMs);
}

/** By day up to four times the night's traffic, half of it at weekends. */
function rhythm(atMs: number): number {
  const step = Math.floor(atMs / STEP_MS) % DAY_STEPS;
  const day = new Date(atMs).getUTCDay();
  return (1 + 0.6 * Math.sin((2 * Math.PI * (step - 90)) / DAY_STEPS)) * (day === 0 || day === 6 ? 0.5 : 1);
}

/** Reads a simulated project as storage would be read. Events that ordinary days do not have are never there. */
export function quietProject(
  seed: number,
  fromMs: number,
  toMs: number,
  trouble: Trouble = (agent) => agent,
): MeasureReader {
  const known = new Map<MeasureSource, MeasureSlice[]>();
  return {
    async slices(range, sliceMs) {
      if (!['runs', 'escalations', 'decisions', 'cost'].includes(range.source)) return [];
      const all = known.get(range.source) ?? simulate(range.source, seed, fromMs, toMs, trouble);
      known.set(range.source, all);
      return joined(
        all.filter(({ atMs }) => atMs > range.fromMs && atMs <= range.toMs),
        sliceMs,
      );
    },
    facts: async () => {
      throw new Error('nothing stands behind a simulated project');
    },
  };
}

function joined(slices: readonly MeasureSlice[], sliceMs: number): MeasureSlice[] {
  const found = new Map<string, MeasureSlice>();
  for (const slice of slices) {
    const atMs = Math.ceil(slice.atMs / sliceMs) * sliceMs;
    const key = `${slice.subject} ${atMs}`;
    const known = found.get(key);
    if (known === undefined) {
      found.set(key, { ...slice, atMs });
      continue;
    }
    const bins = new Map(known.bins);
    for (const [bin, n] of slice.bins) bins.set(bin, (bins.get(bin) ?? 0) + n);
    found.set(key, {
      ...known,
      count: known.count + slice.count,
      hits: known.hits + slice.hits,
      sum: known.sum + slice.sum,
      bins: [...bins],
    });
  }
  return [...found.values()];
}
