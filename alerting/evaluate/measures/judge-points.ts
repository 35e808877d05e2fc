// Judges one rule at every moment of a time range. The detector's tick and "try on past data" both call this.

import type { FactsQuery, MeasureFacts, MeasureRange, MeasureSlice } from '#storage/read-measures';
import type { MeasureStore } from '#storage/stores';
import { baselineHours, HOUR_MS, HourlySums, mergeHours } from './baseline.ts';
import { type Judgement, type Measure, type MeasuredRule, windowMs } from './measure.ts';
import { measureOf } from './measures.ts';
import { SlidingTotals } from './sliding-totals.ts';
import { NOTHING, type Totals } from './totals.ts';

/** Where the numbers come from. */
export interface MeasureReader {
  slices(range: MeasureRange, sliceMs: number): Promise<MeasureSlice[]>;
  facts(query: FactsQuery): Promise<MeasureFacts>;
}

/** @param maxSeconds how long the engine may take for one read; left out: as long as a tick allows */
export const storeReader = (measures: MeasureStore, maxSeconds?: number): MeasureReader => ({
  slices: (range, sliceMs) => measures.readSlices(range, sliceMs, maxSeconds),
  facts: (query) => measures.readFacts(query, maxSeconds),
});

export interface Judged {
  readonly subject: string;
  /** The end of the window that was judged, ms since 1970. */
  readonly atMs: number;
  /** Without bins. */
  readonly now: Totals;
  readonly judgement: Judgement;
}

/** The moments to evaluate: multiples of the measure's step after `afterMs`, up to `toMs`. */
export function pointsOf({ stepMs }: Measure, afterMs: number, toMs: number): number[] {
  const points: number[] = [];
  for (let at = (Math.floor(afterMs / stepMs) + 1) * stepMs; at <= toMs; at += stepMs) points.push(at);
  return points;
}

interface JudgeRange {
  /** Ms since 1970; the moments lie after `afterMs`, up to `toMs`. */
  readonly afterMs: number;
  readonly toMs: number;
  /** Subjects to judge at every moment, because an incident of theirs is open. */
  readonly open: readonly string[];
}

/**
 * By time: every subject that is high, from then on also when it is not any more, and the open ones at every moment.
 * `silent`: subjects of which nothing can be said at the last moment they might have been high, and why.
 * @throws what the reader throws; never takes a failed read for nothing
 */
export async function judgePoints(
  reader: MeasureReader,
  rule: MeasuredRule,
  { afterMs, toMs, open }: JudgeRange,
): Promise<{ readonly judged: Judged[]; readonly silent: ReadonlyMap<string, Judgement['silentBecause']> }> {
  const measure = measureOf(rule);
  const points = pointsOf(measure, afterMs, toMs);
  const silent = new Map<string, Judgement['silentBecause']>();
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return { judged: [], silent };
  const range = { source: measure.source, where: rule.where };
  const slices = await reader.slices({ ...range, fromMs: first - windowMs(rule), toMs: last }, measure.stepMs);
  const bySubject = groupBySubject(slices);

  // Which subjects are followed, and from which moment on.
  const followed = new Map<string, number>(open.map((subject) => [subject, 0]));
  for (const [subject, own] of bySubject) {
    if (followed.has(subject)) continue;
    const window = new SlidingTotals(own, windowMs(rule));
    const from = points.findIndex((atMs) => measure.mayBeHigh(rule, window.endingAt(atMs)));
    if (from >= 0) followed.set(subject, from);
  }
  const firstFollowed = Math.min(points.length, ...followed.values());
  const hours = await readHours(reader, rule, points.slice(firstFollowed));
  const judged: Judged[] = [];
  for (const [subject, from] of followed) {
    const window = new SlidingTotals(bySubject.get(subject) ?? [], windowMs(rule));
    let isOpen = open.includes(subject);
    for (const atMs of points.slice(from)) {
      const now = window.endingAt(atMs);
      const judgement = measure.judge(rule, now, hours.baseline(subject, { ...baselineOf(rule), atMs }));
      isOpen ||= judgement.level === 'high';
      if (judgement.silentBecause !== null && measure.mayBeHigh(rule, now))
        silent.set(subject, judgement.silentBecause);
      if (isOpen) judged.push({ subject, atMs, now: { ...now, bins: NOTHING.bins }, judgement });
    }
    // A trial evaluates thousands of moments: it yields to the event loop between subjects.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { judged: judged.sort((a, b) => a.atMs - b.atMs), silent };
}

const baselineOf = (rule: MeasuredRule) => ({
  kind: measureOf(rule).baseline,
  windowMs: windowMs(rule),
  baselineDays: 'baselineDays' in rule ? rule.baselineDays : 0,
});

async function readHours(reader: MeasureReader, rule: MeasuredRule, moments: readonly number[]): Promise<HourlySums> {
  const hours = new HourlySums();
  const ranges = moments.flatMap((atMs) => {
    const { days, weeks } = baselineHours({ ...baselineOf(rule), atMs });
    return [...days, ...weeks];
  });
  for (const { fromMs, toMs } of mergeHours(ranges)) {
    hours.add(await reader.slices({ source: measureOf(rule).source, where: rule.where, fromMs, toMs }, HOUR_MS));
  }
  return hours;
}

function groupBySubject(slices: readonly MeasureSlice[]): Map<string, MeasureSlice[]> {
  const groups = new Map<string, MeasureSlice[]>();
  for (const slice of slices) {
    const group = groups.get(slice.subject);
    if (group === undefined) groups.set(slice.subject, [slice]);
    else group.push(slice);
  }
  return groups;
}
