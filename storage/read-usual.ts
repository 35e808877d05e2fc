// What is usual for a pattern and a project, for the detector: how many errors at this time of day, since when, where.

import type { Aliases } from '#domain/pattern/aliases';
import { median } from '#domain/statistics';
import { CANONICAL, counting, WITH_ALIASES } from './counted-errors.ts';
import type { Database } from './database.ts';

const DAY_MS = 86_400_000;
const DAYS = 7;
/** With fewer days nobody can say what is usual. */
const FEWEST_DAYS = 3;
/** Windows around the one that is compared, itself among them, for the mean. */
const AROUND = 6;

// By the sorting key: fingerprint, then start time. An error ends within an hour of its start, or it is not seen here.
const READ_DAYS = `
${WITH_ALIASES}
SELECT
  pattern, intDiv(anchor + {before:Int64} - ended_ms, {day:Int64}) + 1 AS day,
  toUInt32(uniqExactIf((trace_id, span_id), ago BETWEEN {before:Int64} AND {before:Int64} + {window:Int64})) AS count,
  toUInt32(uniqExact(trace_id, span_id)) AS around
FROM (
  SELECT
    ${CANONICAL} AS pattern, trace_id, span_id, toUnixTimestamp64Milli(end_time) AS ended_ms,
    toInt64(transform(pattern, {patterns:Array(String)}, {anchors:Array(String)}, '0')) - {day:Int64} AS anchor,
    (anchor + {before:Int64} - ended_ms) % {day:Int64} AS ago
  FROM errors
  WHERE project_id = {project:String} AND fingerprint IN {members:Array(String)}
    AND start_time > fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Milli({toMs:Int64}, 'UTC'))
WHERE ended_ms <= anchor + {before:Int64}
  AND ago <= 2 * {before:Int64} + {window:Int64}
  AND anchor + {before:Int64} - ended_ms < {days:Int64} * {day:Int64}
GROUP BY pattern, day`;

const READ_TRAITS = `
${WITH_ALIASES}
SELECT
  ${CANONICAL} AS pattern, toUnixTimestamp64Milli(min(received_at)) AS firstMs,
  toUInt8(max(fingerprint_version)) AS version,
  any(if(agent = '', service, agent)) AS ofAgent, any(service) AS ofService, any(error_type) AS ofType
FROM errors
WHERE project_id = {project:String} AND fingerprint IN {members:Array(String)}
GROUP BY pattern`;

const READ_KNOWN_SINCE = `
SELECT toUnixTimestamp64Milli(min(received_at)) AS firstMs, count() AS n FROM runs WHERE project_id = {project:String}`;

const READ_VERSIONS = `
SELECT fingerprint_version AS version, toUnixTimestamp64Milli(min(received_at)) AS firstMs FROM errors
WHERE project_id = {project:String} AND fingerprint != '' GROUP BY version`;

export interface UsualQuery {
  readonly fingerprint: string;
  /** The window that is compared ends then, ms since 1970. */
  readonly atMs: number;
}

export interface UsualCounts {
  /** Of the same window of each day. */
  readonly median: number;
  /** Of the six windows around it of each day. */
  readonly mean: number;
}

/**
 * How many errors each pattern had in the same window of the last seven days (or as many as the project is known for, at
 * least three). Patterns are missing from the answer when that is not known.
 * @param knownSinceMs since when the project sends anything
 * @throws StorageError
 */
export async function readUsual(
  db: Database,
  projectId: string,
  queries: readonly UsualQuery[],
  windowMs: number,
  knownSinceMs: number,
  aliases: Aliases,
): Promise<Map<string, UsualCounts>> {
  const known = queries.filter(({ atMs }) => daysKnown(atMs, knownSinceMs) >= FEWEST_DAYS);
  if (known.length === 0) return new Map();
  const times = known.map(({ atMs }) => atMs);
  const patterns = known.map(({ fingerprint }) => fingerprint);
  const before = Math.round((AROUND - 1) * (windowMs / 2));
  const rows = await db.query<{ pattern: string; day: string; count: number; around: number }>(READ_DAYS, {
    ...counting(aliases),
    project: projectId,
    patterns,
    anchors: times.map(String),
    members: membersOf(patterns, aliases),
    day: DAY_MS,
    days: DAYS,
    window: windowMs,
    before,
    fromMs: Math.min(...times) - DAYS * DAY_MS - windowMs - before - 3_600_000,
    toMs: Math.max(...times) - DAY_MS + before,
  });
  const days = new Map<string, { count: number; around: number }[]>();
  for (const { pattern, day, count, around } of rows) {
    const counts = days.get(pattern) ?? [];
    counts[Number(day) - 1] = { count, around };
    days.set(pattern, counts);
  }
  return new Map(
    known.map(({ fingerprint, atMs }) => {
      const counts = days.get(fingerprint) ?? [];
      const all = Array.from({ length: daysKnown(atMs, knownSinceMs) }, (_, i) => counts[i] ?? { count: 0, around: 0 });
      const mean = all.reduce((sum, { around }) => sum + around, 0) / (all.length * AROUND);
      return [fingerprint, { median: median(all.map(({ count }) => count)), mean }];
    }),
  );
}

const daysKnown = (atMs: number, knownSinceMs: number) => Math.min(DAYS, Math.floor((atMs - knownSinceMs) / DAY_MS));

export interface PatternTraits {
  /** When its first error was received, as far as it is kept, ms since 1970. */
  readonly firstMs: number;
  /** Of the fingerprint. */
  readonly version: number;
  readonly agent: string;
  readonly service: string;
  readonly errorType: string;
}

/** What is known of each pattern since it is kept. @throws StorageError */
export async function readTraits(
  db: Database,
  projectId: string,
  fingerprints: readonly string[],
  aliases: Aliases,
): Promise<Map<string, PatternTraits>> {
  if (fingerprints.length === 0) return new Map();
  type Row = { pattern: string; firstMs: string; version: number; ofAgent: string; ofService: string; ofType: string };
  const rows = await db.query<Row>(READ_TRAITS, {
    ...counting(aliases),
    project: projectId,
    members: membersOf(fingerprints, aliases),
  });
  return new Map(
    rows.map(({ pattern, firstMs, version, ofAgent, ofService, ofType }) => [
      pattern,
      { firstMs: Number(firstMs), version, agent: ofAgent, service: ofService, errorType: ofType },
    ]),
  );
}

/** Since when the project sends anything, as far as it is kept, ms since 1970; null = nothing yet. @throws StorageError */
export async function readKnownSince(db: Database, projectId: string): Promise<number | null> {
  const [row] = await db.query<{ firstMs: string; n: string }>(READ_KNOWN_SINCE, { project: projectId });
  return row === undefined || Number(row.n) === 0 ? null : Number(row.firstMs);
}

/**
 * Since when the project's patterns are known by fingerprints of this version, ms since 1970: from its first data, or
 * from the first fingerprint of this version when there were others before, because then everything looks new.
 * @throws StorageError
 */
export async function readLearntSince(db: Database, projectId: string, version: number): Promise<number | null> {
  const since = await readKnownSince(db, projectId);
  const rows = await db.query<{ version: number; firstMs: string }>(READ_VERSIONS, { project: projectId });
  const mine = rows.find((row) => row.version === version);
  return rows.some((row) => row.version < version) && mine !== undefined ? Number(mine.firstMs) : since;
}

function membersOf(patterns: readonly string[], aliases: Aliases): string[] {
  const wanted = new Set(patterns);
  return [...patterns, ...[...aliases].filter(([, of]) => wanted.has(of)).map(([member]) => member)];
}
