// The baseline of a moment: the same measure over other days, or at the same weekday and time of other weeks. It sums
// whole hours, so that it changes once an hour and is read once.
import type { MeasureSlice } from '#storage/read-measures';
import type { BaselineKind } from './measure.ts';
import { addUp, type Totals } from './totals.ts';

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const WEEKS = [1, 2, 3, 4].map((n) => n * WEEK_MS);
const DAYS = [1, 2, 3, 4, 5, 6, 7].map((n) => n * DAY_MS);
/** So many other weeks are enough; with fewer, other days are used where that is allowed. */
const ENOUGH_WEEKS = 3;

/** After `fromMs`, up to `toMs`; whole hours, ms since 1970. */
export interface Hours {
  readonly fromMs: number;
  readonly toMs: number;
}

interface BaselineQuery {
  readonly kind: BaselineKind;
  /** The window whose baseline is asked for: up to `atMs`. */
  readonly atMs: number;
  readonly windowMs: number;
  /** For `days`. */
  readonly baselineDays: number;
}

/** The time ranges of a moment's baseline: one per day, or one per other week (then per other day). */
export function baselineHours({ kind, atMs, windowMs, baselineDays }: BaselineQuery): {
  readonly days: Hours[];
  readonly weeks: Hours[];
} {
  const fromMs = Math.floor((atMs - windowMs) / HOUR_MS) * HOUR_MS;
  const toMs = Math.ceil(atMs / HOUR_MS) * HOUR_MS;
  const shifted = (by: number): Hours => ({ fromMs: fromMs - by, toMs: toMs - by });
  switch (kind) {
    case 'none':
      return { days: [], weeks: [] };
    case 'days': {
      const days = Array.from({ length: baselineDays }, (_, i) => fromMs - i * DAY_MS);
      return { days: days.map((end) => ({ fromMs: end - DAY_MS, toMs: end })), weeks: [] };
    }
    case 'slots':
      return { days: [], weeks: WEEKS.map(shifted) };
    case 'slots_or_days':
      return { days: DAYS.map(shifted), weeks: WEEKS.map(shifted) };
  }
}

/** Joins time ranges that touch or overlap. */
export function mergeHours(all: readonly Hours[]): Hours[] {
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of [...all].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}

/** Sums per hour of every subject, as far as they were read. */
export class HourlySums {
  readonly #bySubject = new Map<string, Map<number, MeasureSlice>>();
  readonly #known = new Map<string, readonly Totals[]>();

  add(slices: readonly MeasureSlice[]): void {
    for (const slice of slices) {
      const hours = this.#bySubject.get(slice.subject) ?? new Map<number, MeasureSlice>();
      this.#bySubject.set(slice.subject, hours.set(slice.atMs, slice));
    }
  }

  /** The totals of each time range that is not empty; those of slots are scaled to the length of the window. */
  baseline(subject: string, query: BaselineQuery): readonly Totals[] {
    const key = `${subject}\n${Math.floor((query.atMs - query.windowMs) / HOUR_MS)}\n${Math.ceil(query.atMs / HOUR_MS)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { days, weeks } = baselineHours(query);
    const ofWeeks = this.#totals(subject, weeks);
    const isSlot = query.kind !== 'days';
    const chosen = ofWeeks.length >= ENOUGH_WEEKS || !days.length ? ofWeeks : this.#totals(subject, days);
    const baseline = isSlot ? chosen.map((totals) => scaled(totals, query)) : chosen;
    this.#known.set(key, baseline);
    return baseline;
  }

  #totals(subject: string, ranges: readonly Hours[]): Totals[] {
    const hours = this.#bySubject.get(subject);
    if (hours === undefined) return [];
    return ranges.flatMap(({ fromMs, toMs }) => {
      const slices: MeasureSlice[] = [];
      for (let at = fromMs + HOUR_MS; at <= toMs; at += HOUR_MS) {
        const slice = hours.get(at);
        if (slice !== undefined) slices.push(slice);
      }
      return slices.length === 0 ? [] : [addUp(slices)];
    });
  }
}

function scaled(totals: Totals, { atMs, windowMs }: BaselineQuery): Totals {
  const hoursMs = Math.ceil(atMs / HOUR_MS) * HOUR_MS - Math.floor((atMs - windowMs) / HOUR_MS) * HOUR_MS;
  return { ...totals, sum: (totals.sum * windowMs) / hoursMs };
}
