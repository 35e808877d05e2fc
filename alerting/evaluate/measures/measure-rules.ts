// Every measured rule at one tick: what is high, what recovers, and which rule could not be evaluated.
import { LRUCache } from 'lru-cache';
import type { Rule } from '#contracts/rule';
import type { MeasureSource } from '#storage/measure-sources';
import type { MeasureFacts, MeasureSlice } from '#storage/read-measures';
import type { MeasureStore } from '#storage/stores';
import type { Measured } from '../measured.ts';
import { HOUR_MS } from './baseline.ts';
import { type Judged, judgePoints, type MeasureReader, storeReader } from './judge-points.ts';
import { type MeasuredRule, windowMs } from './measure.ts';
import { isMeasured, measureOf } from './measures.ts';

const MINUTE_MS = 60_000;
/** After a longer downtime only so much is made up for. */
const MAX_CATCH_UP_MS = 24 * HOUR_MS;
const MAX_CACHED = 64;
/** How far back one statement says which sources have anything: as far as the windows of the default rules reach. */
const PRESENCE_MS = 2 * HOUR_MS;

/** The rule was not evaluated; the next tick starts where this one should have. */
export interface RuleFailure {
  readonly ruleId: string;
  readonly error: string;
}
export type RuleOutcome = { readonly ruleId: string; readonly measured: readonly Measured[] } | RuleFailure;

/** What all rules found, in the order of its time. */
export const measuredOf = (outcomes: readonly RuleOutcome[]): Measured[] =>
  outcomes.flatMap((one) => ('error' in one ? [] : one.measured)).sort((a, b) => a.atMs - b.atMs);

export const failuresOf = (outcomes: readonly RuleOutcome[]): RuleFailure[] => outcomes.filter((one) => 'error' in one);

export interface MeasureTime {
  /** What was received up to here has been judged, ms since 1970. */
  readonly cursorMs: number;
  readonly nowMs: number;
  /** Incidents of measured rules that are not resolved. */
  readonly open: readonly { readonly ruleId: string; readonly subject: string }[];
  /** Since when a rule could not be evaluated, as an earlier process recorded it, ms since 1970; null = it could. */
  readonly failingSinceMs?: (ruleId: string) => number | null;
}

/**
 * Looks at every rule that is on, one after the other; one that fails does not stop the others. Each subject that is
 * high, or open, comes back once per moment evaluated, in order of time (one moment, unless ticks were missed).
 */
export type MeasureRules = (rules: readonly Rule[], time: MeasureTime) => Promise<RuleOutcome[]>;

export function createMeasureRules(measures: MeasureStore): MeasureRules {
  const source = rememberHours(storeReader(measures));
  /** Where a rule that failed goes on. */
  const failedAt = new Map<string, number>();
  return async (rules, { cursorMs, nowMs, open, failingSinceMs }) => {
    const outcomes: RuleOutcome[] = [];
    const reader = skipAbsent(source, nowMs - PRESENCE_MS, (fromMs) => measures.readPresentSources(fromMs, nowMs));
    for (const rule of rules) {
      if (!isMeasured(rule) || !rule.enabled) continue;
      const failedMs = failedAt.get(rule.id) ?? failingSinceMs?.(rule.id) ?? cursorMs;
      const afterMs = Math.max(Math.min(failedMs, cursorMs), nowMs - MAX_CATCH_UP_MS);
      const subjects = open.filter(({ ruleId }) => ruleId === rule.id).map(({ subject }) => subject);
      try {
        const { judged } = await judgePoints(reader, rule, { afterMs, toMs: nowMs, open: subjects });
        outcomes.push({ ruleId: rule.id, measured: await describeAll(reader, rule, judged) });
        failedAt.delete(rule.id);
      } catch (error) {
        failedAt.set(rule.id, afterMs);
        outcomes.push({ ruleId: rule.id, error: error instanceof Error ? error.message : String(error) });
      }
    }
    return outcomes;
  };
}

/** The facts of a subject are read when it becomes high, and again at the last moment it is not low. */
async function describeAll(reader: MeasureReader, rule: MeasuredRule, judged: readonly Judged[]): Promise<Measured[]> {
  const last = new Map(judged.map((one) => [one.subject, one]));
  const known = new Map<string, MeasureFacts>();
  const wasHigh = new Set<string>();
  const measured: Measured[] = [];
  for (const one of judged) {
    const isHigh = one.judgement.level === 'high';
    const isWorthReading =
      (isHigh && !wasHigh.has(one.subject)) || (last.get(one.subject) === one && one.judgement.level !== 'low');
    if (isWorthReading) known.set(one.subject, await readFacts(reader, rule, one));
    if (isHigh) wasHigh.add(one.subject);
    else wasHigh.delete(one.subject);
    measured.push(toMeasured(rule, one, known.get(one.subject) ?? null));
  }
  return measured;
}

/** Reads the runs, errors and examples of one judgement. */
export function readFacts(
  reader: MeasureReader,
  rule: MeasuredRule,
  { subject, atMs, judgement }: Judged,
): Promise<MeasureFacts> {
  const { source, unit } = measureOf(rule);
  return reader.facts({
    source,
    where: rule.where,
    fromMs: atMs - windowMs(rule),
    toMs: atMs,
    subject,
    limit: unit === 'ms' ? judgement.limit : 0,
    byAmount: unit === 'ms' || unit === 'usd',
  });
}

/** @param facts null: there are none any more, as when it is low */
export function toMeasured(
  rule: MeasuredRule,
  { subject, atMs, now, judgement }: Judged,
  facts: MeasureFacts | null,
): Measured {
  const { unit, describe } = measureOf(rule);
  const { title, words } = describe(rule, { subject, now, judgement, facts });
  const { value, limit, baseline } = judgement;
  return {
    ruleId: rule.id,
    ruleName: rule.name,
    kind: rule.kind,
    subject,
    atMs,
    level: judgement.level,
    recoverAfterMs: rule.recoverAfterMinutes * MINUTE_MS,
    facts: {
      title,
      agent: facts?.agents[0] ?? '',
      agents: facts?.agents ?? [],
      versions: facts?.versions ?? [],
      tools: facts?.tools ?? [],
      models: facts?.models ?? [],
      step: facts?.step ?? '',
      errorType: facts?.errorType ?? '',
      message: facts?.note ?? '',
      count: facts?.hits ?? now.hits,
      traces: facts?.traces ?? now.traces,
      windowMinutes: rule.windowMinutes,
      firstSeenMs: facts?.firstMs ?? atMs,
      lastSeenMs: facts?.lastMs ?? atMs,
      exampleTraceIds: facts?.exampleTraceIds ?? [],
      evidence: { value, limit, baseline, unit, words },
    },
  };
}

/**
 * Asks nothing of a source that has nothing since `sinceMs`. When that cannot be said, each rule asks for itself.
 * @param readPresent called once at most
 */
function skipAbsent(
  reader: MeasureReader,
  sinceMs: number,
  readPresent: (fromMs: number) => Promise<ReadonlySet<MeasureSource>>,
): MeasureReader {
  let present: Promise<ReadonlySet<MeasureSource> | null> | undefined;
  return {
    ...reader,
    async slices(range, sliceMs) {
      if (range.fromMs < sinceMs) return reader.slices(range, sliceMs);
      present ??= readPresent(sinceMs).catch(() => null);
      const known = await present;
      return known === null || known.has(range.source) ? reader.slices(range, sliceMs) : [];
    },
  };
}

/** Hours that are over do not change: a baseline is read once an hour, not at every tick. */
function rememberHours(reader: MeasureReader): MeasureReader {
  const known = new LRUCache<string, Promise<MeasureSlice[]>>({ max: MAX_CACHED });
  return {
    ...reader,
    slices(range, sliceMs) {
      if (sliceMs !== HOUR_MS) return reader.slices(range, sliceMs);
      const key = JSON.stringify(range);
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      const read = reader.slices(range, sliceMs);
      known.set(key, read);
      read.catch(() => known.delete(key));
      return read;
    },
  };
}
