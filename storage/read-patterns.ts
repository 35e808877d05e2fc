// The error patterns of a time range: how often, since when and whom they affect.
import type { SpanKind } from '#contracts/span';
import type { Aliases } from '#domain/pattern/aliases';
import { canonicalOf } from '#domain/pattern/aliases';
import type { Database } from './database.ts';
import { BUCKET_S, patternCounts } from './pattern-counts.ts';

/** More patterns than anybody reads: beyond it the most frequent ones. */
const MAX_PATTERNS = 5000;
const MAX_VERSIONS = 100;
/** Each thread of the engine holds a part of its own of what it groups: two take half as much memory again. */
const LIMITS = { maxSeconds: 30, maxThreads: 1 };

/** Written once, whatever names them. */
const WITH_MERGED = 'WITH {aliases:Array(String)} AS aliases, {targets:Array(String)} AS targets';

const READ_PATTERNS = (counts: string) => `
${WITH_MERGED}
SELECT
  transform(fingerprint, aliases, targets, fingerprint) AS pattern,
  toUInt32(sum(errors)) AS errorCount,
  toUInt32(sum(late)) AS lateCount,
  toUInt32(uniqExactArray(traces)) AS runCount,
  toUInt32(uniqExactArray(sessions)) AS sessionCount,
  min(first_ms) AS firstMs,
  max(last_ms) AS lastMs,
  arraySort(groupUniqArrayArray(agents)) AS agents,
  arraySort(groupUniqArrayArray(services)) AS services,
  arraySort(groupUniqArrayArray(tools)) AS tools,
  arraySort(groupUniqArrayArray(models)) AS models,
  arraySort(groupUniqArrayArray(versions)) AS versions,
  sumMap([toUInt32(intDiv(toUnixTimestamp(bucket) - {fromS:UInt32}, {stepS:UInt32}))], [errors]) AS slots,
  toUInt32(count() OVER ()) AS patternCount
FROM (${counts})
GROUP BY pattern
ORDER BY errorCount DESC, pattern
LIMIT {limit:UInt32}`;

// What does not depend on the time asked for: the words, and when each version was first and last seen.
const READ_WORDS = `
${WITH_MERGED}
SELECT
  transform(fingerprint, aliases, targets, fingerprint) AS pattern,
  max(CAST(fingerprint_version, 'UInt32')) AS fingerprintVersion,
  argMax(agent, (fingerprint = pattern, last_seen)) AS agent,
  argMax(kind, (fingerprint = pattern, last_seen)) AS kind,
  argMax(step, (fingerprint = pattern, last_seen)) AS step,
  argMax(error_type, (fingerprint = pattern, last_seen)) AS errorType,
  argMax(error_template, (fingerprint = pattern, last_seen)) AS template,
  toUnixTimestamp64Milli(min(first_seen)) AS firstEverMs,
  toUnixTimestamp64Milli(max(last_seen)) AS lastEverMs,
  arraySlice(arrayReverseSort(v -> v.3, groupArray((
    CAST(service_version, 'String'), toUnixTimestamp64Milli(first_seen), toUnixTimestamp64Milli(last_seen)))), 1, {maxVersions:UInt32}) AS seen
FROM (
  SELECT fingerprint, service_version, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
    max(fingerprint_version) AS fingerprint_version, max(agent) AS agent, max(kind) AS kind, max(step) AS step,
    max(error_type) AS error_type, max(error_template) AS error_template
  FROM patterns
  WHERE project_id = {project:String} AND fingerprint IN {wanted:Array(String)}
  GROUP BY fingerprint, service_version)
GROUP BY pattern`;

export interface VersionSeen {
  readonly version: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What is known of a pattern whatever time is asked for. Times are ms since 1970. */
export interface PatternWords {
  readonly fingerprint: string;
  readonly fingerprintVersion: number;
  readonly agent: string;
  readonly kind: SpanKind;
  /** The tool that failed, the model that failed, else the step's name. */
  readonly step: string;
  readonly errorType: string;
  readonly template: string;
  readonly firstEverMs: number;
  readonly lastEverMs: number;
  /** By when they were last seen, newest first; at most 100. */
  readonly seen: readonly VersionSeen[];
}

export interface PatternRow extends PatternWords {
  /** All of these are of the range. */
  readonly errorCount: number;
  readonly lateCount: number;
  readonly runCount: number;
  readonly sessionCount: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly agents: readonly string[];
  readonly services: readonly string[];
  readonly tools: readonly string[];
  readonly models: readonly string[];
  readonly versions: readonly string[];
  /** Errors in each step of the range, oldest first. */
  readonly trend: readonly number[];
}

export interface PatternRange {
  /** ms since 1970; both are taken to full five minutes, outwards. */
  readonly fromMs: number;
  readonly toMs: number;
  /** About how many steps of time the trend has: a step is one that can be said, of five minutes or more. */
  readonly steps: number;
  /** How long nothing of a bucket must have been received for its stored count to be read (pattern-counts.ts). */
  readonly restMs?: number;
}

export interface PatternPage {
  readonly patterns: readonly PatternRow[];
  /** How many there are, whether or not all are in `patterns`. */
  readonly count: number;
  readonly isCut: boolean;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/**
 * The patterns with errors in the range, the most frequent first. Errors that only repeat an inner one do not count,
 * spans sent twice count once, merged patterns are one.
 * @param only these fingerprints (with all that count as them); null for all
 * @throws StorageError
 */
export async function readPatterns(
  db: Database,
  projectId: string,
  range: PatternRange,
  aliases: Aliases,
  only: readonly string[] | null = null,
): Promise<PatternPage> {
  const fromS = Math.max(0, Math.floor(range.fromMs / 1000 / BUCKET_S) * BUCKET_S);
  const stepS = niceStep((range.toMs / 1000 - fromS) / range.steps);
  const steps = Math.max(1, Math.ceil((range.toMs / 1000 - fromS) / stepS));
  const toS = fromS + steps * stepS;
  const counts = await patternCounts(db, projectId, { fromS, toS }, only, range.restMs);
  const rows = await db.query<CountRow>(
    READ_PATTERNS(counts.sql),
    { ...counts.params, ...aliasParams(aliases), stepS, limit: MAX_PATTERNS },
    LIMITS,
  );
  const shown = new Set(rows.map(({ pattern }) => pattern));
  const merged = [...aliases.keys()].filter((each) => shown.has(canonicalOf(aliases, each)));
  const words = await readPatternWords(db, projectId, only ?? [...new Set([...shown, ...merged])], aliases);
  const patterns = rows.flatMap(({ pattern, firstMs, lastMs, slots, patternCount: _, ...row }) => {
    const known = words.get(pattern);
    if (known === undefined) return [];
    const trend = Array.from({ length: steps }, () => 0);
    for (const [i, slot] of slots[0].entries()) if (slot < steps) trend[slot] = Number(slots[1][i]);
    return [{ ...known, ...row, firstMs: Number(firstMs), lastMs: Number(lastMs), trend }];
  });
  const count = rows[0]?.patternCount ?? 0;
  return {
    patterns,
    count,
    isCut: count > MAX_PATTERNS,
    fromMs: fromS * 1000,
    toMs: toS * 1000,
    stepMs: stepS * 1000,
  };
}

/** The words of the patterns that these fingerprints count as, by the fingerprint they count as. @throws StorageError */
export async function readPatternWords(
  db: Database,
  projectId: string,
  wanted: readonly string[],
  aliases: Aliases,
): Promise<Map<string, PatternWords>> {
  const rows = await db.query<WordRow>(READ_WORDS, {
    project: projectId,
    wanted,
    maxVersions: MAX_VERSIONS,
    ...aliasParams(aliases),
  });
  return new Map(
    rows.map(({ pattern, firstEverMs, lastEverMs, seen, ...row }) => [
      pattern,
      {
        ...row,
        fingerprint: pattern,
        firstEverMs: Number(firstEverMs),
        lastEverMs: Number(lastEverMs),
        seen: seen.map(([version, first, last]) => ({ version, firstMs: Number(first), lastMs: Number(last) })),
      },
    ]),
  );
}

const READ_DAYS = (counts: string) => `
SELECT toUInt32(intDiv(toUnixTimestamp(bucket), 86400)) AS day, toUInt32(sum(errors)) AS errorCount
FROM (${counts}) GROUP BY day`;

/**
 * How many errors the pattern had on a usual day: the median of the whole days (UTC) before today, from its first to
 * now, at most 28; null before there are three.
 * @throws StorageError
 */
export async function readUsualPerDay(
  db: Database,
  projectId: string,
  members: readonly string[],
  firstEverMs: number,
  nowMs: number,
): Promise<number | null> {
  const today = Math.floor(nowMs / 86_400_000);
  const since = Math.max(today - 28, Math.floor(firstEverMs / 86_400_000));
  if (today - since < 3) return null;
  const counts = await patternCounts(db, projectId, { fromS: since * 86_400, toS: today * 86_400 }, members);
  const rows = await db.query<{ day: number; errorCount: number }>(READ_DAYS(counts.sql), counts.params, LIMITS);
  const byDay = new Map(rows.map(({ day, errorCount }) => [day, errorCount]));
  const days = Array.from({ length: today - since }, (_, i) => byDay.get(since + i) ?? 0).sort((a, b) => a - b);
  const middle = days.length / 2;
  return ((days[Math.floor(middle - 0.5)] as number) + (days[Math.ceil(middle - 0.5)] as number)) / 2;
}

const STEPS_S = [300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** The shortest step that is not much shorter than asked for; beyond days, whole days. */
function niceStep(seconds: number): number {
  return STEPS_S.find((step) => step >= seconds * 0.95) ?? Math.ceil(seconds / 86_400) * 86_400;
}

function aliasParams(aliases: Aliases): { aliases: string[]; targets: string[] } {
  const from = [...aliases.keys()];
  // The engine wants at least one pair.
  if (from.length === 0) return { aliases: [''], targets: [''] };
  return { aliases: from, targets: from.map((each) => canonicalOf(aliases, each)) };
}

interface CountRow extends Omit<PatternRow, keyof PatternWords | 'firstMs' | 'lastMs' | 'trend' | 'agents'> {
  readonly pattern: string;
  readonly agents: string[];
  readonly firstMs: string;
  readonly lastMs: string;
  readonly slots: readonly [number[], string[]];
  readonly patternCount: number;
}

interface WordRow extends Omit<PatternWords, 'fingerprint' | 'firstEverMs' | 'lastEverMs' | 'seen'> {
  readonly pattern: string;
  readonly firstEverMs: string;
  readonly lastEverMs: string;
  readonly seen: readonly (readonly [string, string, string])[];
}
