// What was sent and not stored, or stored shorter: kept by the minute, read as sums of a period.
import { SKIPPED_MAX_ROWS, type Skip, type SkipKind } from '#contracts/skipped';
import type { Period } from '#domain/local-time';
import type { Database } from './database.ts';
import { sqlTime } from './sql-time.ts';

/** Notes what a collector skipped since it last did. @throws StorageError */
export async function noteSkips(db: Database, projectId: string, skips: readonly Skip[]): Promise<void> {
  if (skips.length === 0) return;
  await db.insertRows(
    'skips',
    skips.map((skip) => ({
      project_id: projectId,
      kind: skip.kind,
      received_at: sqlTime(skip.lastAtMs),
      reason: skip.reason,
      sender: skip.sender,
      subject: skip.subject,
      first_at: sqlTime(skip.firstAtMs),
      count: skip.count,
      bytes: skip.bytes,
      kept_bytes: skip.keptBytes,
      largest_bytes: skip.largestBytes,
    })),
  );
}

const IN_PERIOD = `project_id = {project:String} AND kind = {kind:String}
  AND received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

const READ_SKIPS = `
SELECT CAST(reason, 'String') AS of_reason, sender, subject, sum(count), sum(bytes), sum(kept_bytes),
  max(largest_bytes), toUnixTimestamp64Milli(min(first_at)), toUnixTimestamp64Milli(max(received_at))
FROM skips
WHERE ${IN_PERIOD}
GROUP BY of_reason, sender, subject
ORDER BY sum(count) DESC, of_reason, sender, subject
LIMIT {limit:UInt32}`;

const READ_TOTALS = `
SELECT sum(count) AS total, uniqExactIf(sender, sender != '') AS senders,
  sumIf(count, received_at >= fromUnixTimestamp64Milli({nowFrom:Int64}, 'UTC')) AS countNow,
  toUnixTimestamp64Milli(maxOrNull(received_at)) AS lastAtMs
FROM skips
WHERE ${IN_PERIOD}`;

/** Of one kind, in a period. */
export interface SkipSums {
  readonly count: number;
  /** Of count, in the last ten minutes of the period. */
  readonly countNow: number;
  readonly senders: number;
  /** ms since 1970; null = none */
  readonly lastAtMs: number | null;
  /** The most frequent ones, by count. */
  readonly rows: readonly Skip[];
}

const NOW_MS = 600_000;
type Row = readonly [string, string, string, string, string, string, string, string, string];

/** Sums by reason, sender and subject: the SKIPPED_MAX_ROWS largest, and the totals of all. @throws StorageError */
export async function readSkips(
  db: Database,
  projectId: string,
  kind: SkipKind,
  { fromMs, toMs }: Period,
): Promise<SkipSums> {
  const params = { project: projectId, kind, from: BigInt(fromMs), to: BigInt(toMs) };
  const [totals] = await db.query<{ total: string; senders: string; countNow: string; lastAtMs: string | null }>(
    READ_TOTALS,
    { ...params, nowFrom: BigInt(toMs - NOW_MS) },
  );
  const rows = await db.queryTuples<Row>(READ_SKIPS, { ...params, limit: SKIPPED_MAX_ROWS });
  return {
    count: Number(totals?.total ?? 0),
    countNow: Number(totals?.countNow ?? 0),
    senders: Number(totals?.senders ?? 0),
    lastAtMs: totals?.lastAtMs == null ? null : Number(totals.lastAtMs),
    rows: rows.map(([reason, sender, subject, count, bytes, kept, largest, first, last]) => ({
      kind,
      reason,
      sender,
      subject,
      count: Number(count),
      bytes: Number(bytes),
      keptBytes: Number(kept),
      largestBytes: Number(largest),
      firstAtMs: Number(first),
      lastAtMs: Number(last),
    })),
  };
}
