// Answers what is being skipped, and why: sums of what collectors noted, what lies in the quarantine, what queues set
// aside. Words and advice come from domain/skip-reasons.ts.
import { API } from '#contracts/api';
import { type QuarantineItem, SKIPPED_MAX_ROWS, type Skip, type Skipped } from '#contracts/skipped';
import type { Period } from '#domain/local-time';
import { skipReason } from '#domain/skip-reasons';
import type { Database } from '#storage/database';
import { readIntake } from '#storage/intake';
import { readSetAside } from '#storage/set-aside';
import { readSkips } from '#storage/skips';
import { type Route, route } from './route.ts';

/** What lies in the quarantine: the newest entries, and the sums of all whose bytes exist. */
export interface QuarantineContents {
  readonly rows: number;
  readonly bytes: number;
  readonly items: readonly QuarantineItem[];
}

export interface SkippedDeps {
  readonly db: Database;
  readonly projectId: string;
  /** ms since 1970 */
  now(): number;
  /** What lies in the quarantine, newest first, so many entries at most; null when this process runs no collector. */
  readQuarantine(most: number): Promise<QuarantineContents | null>;
  /** Stores what this process skipped in the last minute, so that the answer holds it. */
  noteSkips(): Promise<void>;
  /** Values masked since the start, by kind; null when this process runs no collector. */
  masked(): Readonly<Record<string, number>> | null;
}

const WEEK_MS = 7 * 24 * 3_600_000;

export function skippedRoutes(deps: SkippedDeps): Route[] {
  return [
    route(API.getSkipped, (_params, { from, to }) => {
      const toMs = to ?? deps.now();
      return readSkipped(deps, { fromMs: from ?? toMs - WEEK_MS, toMs });
    }),
  ];
}

async function readSkipped(deps: SkippedDeps, period: Period): Promise<Skipped> {
  const { db, projectId, now } = deps;
  await deps.noteSkips();
  const rejected = await readSkips(db, projectId, 'rejected', period);
  const refused = await readSkips(db, projectId, 'refused', period);
  const cut = await readSkips(db, projectId, 'cut', period);
  const leftOut = await readSkips(db, projectId, 'left_out', period);
  const { items, total, open } = await readSetAside(db, projectId, period, SKIPPED_MAX_ROWS);
  const intake = await readIntake(db, projectId, period, now(), 0);
  return {
    from: iso(period.fromMs),
    to: iso(period.toMs),
    received: intake?.received ?? null,
    rejected: {
      count: rejected.count,
      countNow: rejected.countNow,
      senders: rejected.senders,
      lastAt: rejected.lastAtMs === null ? null : iso(rejected.lastAtMs),
      rows: rejected.rows.map(inWords),
    },
    refused: { count: refused.count, countNow: refused.countNow, rows: refused.rows.map(inWords) },
    quarantine: toQuarantine(await deps.readQuarantine(SKIPPED_MAX_ROWS)),
    setAside: { total, open, rows: items },
    cut: {
      count: cut.count,
      rows: cut.rows.map((skip) => ({
        ...inWords(skip),
        key: skip.subject,
        largestBytes: skip.largestBytes,
        keptShare: skip.bytes === 0 ? 1 : skip.keptBytes / skip.bytes,
      })),
    },
    leftOut: { count: leftOut.count, rows: leftOut.rows.map(inWords) },
    masked: deps.masked(),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

const inWords = ({ reason, sender, count, firstAtMs, lastAtMs }: Skip) => ({
  reason,
  ...skipReason(reason),
  sender: sender === '' ? null : sender,
  count,
  firstAt: iso(firstAtMs),
  lastAt: iso(lastAtMs),
});

function toQuarantine(contents: QuarantineContents | null): Skipped['quarantine'] {
  if (contents === null) return null;
  return {
    records: contents.rows,
    bytes: contents.bytes,
    rows: contents.items.map(({ rows, canRetry, ...item }) => ({
      ...item,
      records: rows,
      retry: canRetry ? `npx telltale quarantine retry ${item.id}` : null,
    })),
  };
}
