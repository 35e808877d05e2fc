// What background jobs could not do and went on without: which item of which queue, why, since when, how often tried.
import { clip } from '#domain/clip';
import type { Period } from '#domain/local-time';
import { maskSecrets } from '#domain/run/facts/mask-secrets';
import type { Database } from './database.ts';
import { sqlTime } from './sql-time.ts';

/**
 * `summaries`: runs by trace id. `model_summaries`: the same, for the LLM writer. `detector`: `pattern:FINGERPRINT`,
 * `patterns:PART`, `rule:ID`, `incident:ID`, `setting:KIND/ID`, `cause:common`, `notification:SUBJECT on CHANNEL`.
 * `digest`: a digest (`daily 2026-11-20 UTC`), a section of one (`daily 2026-11-20 UTC: costs`), a mail.
 */
export type SetAsideQueue = 'summaries' | 'model_summaries' | 'detector' | 'digest';

export interface SetAsideItem {
  readonly item: string;
  /** One or two sentences, at most 400 characters, secrets masked. */
  readonly reason: string;
  /** ms since 1970 */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Not before then, ms since 1970; null: when someone asks for it. */
  readonly retryAtMs: number | null;
  readonly tries: number;
}

/** An item as people see it. Times are ISO 8601, UTC. */
export interface ListedSetAside {
  readonly queue: SetAsideQueue;
  readonly item: string;
  readonly reason: string;
  readonly firstAt: string;
  readonly lastAt: string;
  /** When it is tried again; null: it is done, or it waits for someone to ask. */
  readonly retryAt: string | null;
  readonly tries: number;
  /** false: it was done since. */
  readonly isOpen: boolean;
}

export interface Failure {
  readonly item: string;
  readonly reason: string;
  /** Since when it is not done, ms since 1970; default: now. */
  readonly sinceMs?: number;
}

const MAX_REASON_CHARS = 400;
const MAX_ITEM_CHARS = 300;
/** A job reads no more than this of its own open items at once. */
const MAX_OPEN = 10_000;
const MINUTE_MS = 60_000;

/** Pauses before the next tries; after the last one it is given up until someone asks. */
export const RETRY_AFTER_MS: readonly number[] = [1, 5, 30, 120, 720].map((minutes) => minutes * MINUTE_MS);
/** For what is tried at every tick until it works. */
export const RETRY_EACH_TICK: readonly number[] | null = null;

/** What went wrong, on one line, bounded, without secrets. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // Cut first: a message may hold a statement of megabytes.
  return clip(maskSecrets(message.slice(0, 4000).replace(/\s+/g, ' ').trim()), MAX_REASON_CHARS - 100);
}

const NEWEST = `
  SELECT queue, item, argMax((reason, first_at, last_at, retry_at, tries, is_open), version) AS newest, max(version) AS versions
  FROM set_aside WHERE project_id = {project:String}`;

const COLUMNS = `item, newest.1 AS reason, toUnixTimestamp64Milli(newest.2) AS firstMs, toUnixTimestamp64Milli(newest.3) AS lastMs,
  toUnixTimestamp64Milli(newest.4) AS retryMs, newest.5 AS tries, newest.6 AS isOpen, versions`;

const READ_OPEN = `
SELECT ${COLUMNS} FROM (${NEWEST} AND queue = {queue:String} GROUP BY queue, item)
WHERE newest.6 = 1 ORDER BY lastMs, item LIMIT {limit:UInt32}`;

const READ_THESE = `
SELECT ${COLUMNS} FROM (${NEWEST} AND queue = {queue:String} AND item IN {items:Array(String)} GROUP BY queue, item)`;

interface Row {
  readonly item: string;
  readonly reason: string;
  readonly firstMs: string;
  readonly lastMs: string;
  readonly retryMs: string | null;
  readonly tries: number;
  readonly isOpen: number;
  readonly versions: string;
}

const toItem = ({ item, reason, firstMs, lastMs, retryMs, tries }: Row): SetAsideItem => ({
  item,
  reason,
  firstAtMs: Number(firstMs),
  lastAtMs: Number(lastMs),
  retryAtMs: retryMs === null ? null : Number(retryMs),
  tries,
});

/** What is set aside now of one queue, by item, those tried longest ago first; at most 10,000. @throws StorageError */
export async function readOpenSetAside(
  db: Database,
  projectId: string,
  queue: SetAsideQueue,
): Promise<Map<string, SetAsideItem>> {
  const params = { project: projectId, queue, limit: MAX_OPEN };
  const rows = await db.query<Row>(READ_OPEN, params, { maxThreads: 1 });
  return new Map(rows.map((row) => [row.item, toItem(row)]));
}

/**
 * Records failures (set aside, or tried once more) and what was done since. What was not set aside and is called done
 * changes nothing.
 * @param pausesMs pauses between tries, the last one followed by none; null: no pause, no end
 * @throws StorageError
 */
export async function recordSetAside(
  db: Database,
  projectId: string,
  queue: SetAsideQueue,
  nowMs: number,
  { failed = [], done = [] }: { readonly failed?: readonly Failure[]; readonly done?: readonly string[] },
  pausesMs: readonly number[] | null = RETRY_AFTER_MS,
): Promise<void> {
  const short = failed.map(({ item, reason, sinceMs }) => ({ item: clip(item, MAX_ITEM_CHARS), reason, sinceMs }));
  const items = [...new Set([...short.map(({ item }) => item), ...done.map((item) => clip(item, MAX_ITEM_CHARS))])];
  if (items.length === 0) return;
  const params = { project: projectId, queue, items };
  const known = new Map((await db.query<Row>(READ_THESE, params, { maxThreads: 1 })).map((row) => [row.item, row]));
  const rows = [
    ...[...new Map(short.map((one) => [one.item, one])).values()].map(({ item, reason, sinceMs = nowMs }) => {
      const before = known.get(item);
      const isAgain = before?.isOpen === 1;
      const tries = (isAgain ? before.tries : 0) + 1;
      const pauseMs = pausesMs === null ? 0 : pausesMs[tries - 1];
      return {
        item,
        version: Number(before?.versions ?? 0) + 1,
        first_at: sqlTime(isAgain ? Number(before.firstMs) : sinceMs),
        retry_at: pauseMs === undefined ? null : sqlTime(nowMs + pauseMs),
        tries,
        is_open: 1,
        reason: clip(maskSecrets(reason), MAX_REASON_CHARS),
      };
    }),
    ...items.flatMap((item) => {
      const before = known.get(item);
      if (before?.isOpen !== 1 || short.some((one) => one.item === item)) return [];
      const { firstMs, tries, reason, versions } = before;
      return [
        {
          item,
          version: Number(versions) + 1,
          first_at: sqlTime(Number(firstMs)),
          retry_at: null,
          tries,
          is_open: 0,
          reason,
        },
      ];
    }),
  ];
  await db.insertRows(
    'set_aside',
    rows.map((row) => ({ project_id: projectId, queue, last_at: sqlTime(nowMs), ...row })),
  );
}

const READ_LISTED = `
SELECT queue, ${COLUMNS}, toUInt32(count() OVER ()) AS total, toUInt32(countIf(newest.6 = 1) OVER ()) AS open
FROM (${NEWEST} GROUP BY queue, item)
WHERE newest.3 >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND newest.2 < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
ORDER BY lastMs DESC, queue, item LIMIT {limit:UInt32}`;

/**
 * What was set aside in a period: its first or last failure, or its being done, fell into it. Newest first.
 * @returns `total` and `open` count all of them, whether or not they are in `items`
 * @throws StorageError
 */
export async function readSetAside(
  db: Database,
  projectId: string,
  { fromMs, toMs }: Period,
  limit = 200,
): Promise<{ items: ListedSetAside[]; total: number; open: number }> {
  const params = { project: projectId, from: fromMs, to: toMs, limit };
  const rows = await db.query<Row & { queue: SetAsideQueue; total: number; open: number }>(READ_LISTED, params);
  return {
    items: rows.map((row) => {
      const { item, reason, firstAtMs, lastAtMs, retryAtMs, tries } = toItem(row);
      const isOpen = row.isOpen === 1;
      return {
        queue: row.queue,
        item,
        reason,
        firstAt: iso(firstAtMs),
        lastAt: iso(lastAtMs),
        retryAt: isOpen && retryAtMs !== null ? iso(retryAtMs) : null,
        tries,
        isOpen,
      };
    }),
    total: rows[0]?.total ?? 0,
    open: rows[0]?.open ?? 0,
  };
}

const COUNT_OPEN = `
SELECT queue, toUInt32(count()) AS open FROM (${NEWEST} GROUP BY queue, item) WHERE newest.6 = 1 GROUP BY queue`;

/** How many items are set aside now, by queue; queues without any are missing. @throws StorageError */
export async function countOpenSetAside(db: Database, projectId: string): Promise<Map<SetAsideQueue, number>> {
  const rows = await db.query<{ queue: SetAsideQueue; open: number }>(COUNT_OPEN, { project: projectId });
  return new Map(rows.map(({ queue, open }) => [queue, open]));
}

/** Asks storage for nothing: rejects when it does not answer at all. @throws StorageError */
export const probeStorage = (db: Database): Promise<unknown> => db.query('SELECT 1', {}, { maxSeconds: 5 });

const iso = (ms: number): string => new Date(ms).toISOString();
