// What channels took and did not take lately: from the outbox, by channel; a digest by its reader.
import type { ChannelEvent } from '#contracts/channel-view';
import type { Database } from './database.ts';
import { storedDeliverySchema } from './journal-shapes.ts';

const NEWEST = `
SELECT argMax(payload, seq) AS newest, argMax(at, seq) AS changed,
  JSONExtractString(newest, 'subject') AS about, JSONExtractString(newest, 'status') AS state
FROM alert_journal
WHERE project_id = {project:String} AND kind = 'delivery' AND at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
GROUP BY subject`;

const HAS_FAILED = `state IN ('owed', 'failed') AND JSONExtractString(newest, 'lastError') != ''`;

const READ_BY_CHANNEL = `
SELECT if(startsWith(about, 'digest:'), concat('digest:', splitByChar(':', about)[3]), JSONExtractString(newest, 'channel')) AS place,
  argMaxIf(newest, changed, state = 'sent') AS sent, toUnixTimestamp64Milli(maxIf(changed, state = 'sent')) AS sentMs,
  argMaxIf(newest, changed, ${HAS_FAILED}) AS failed, toUnixTimestamp64Milli(maxIf(changed, ${HAS_FAILED})) AS failedMs,
  countIf(state = 'owed') AS waiting
FROM (${NEWEST}) GROUP BY place ORDER BY place`;

const READ_RECENT = `
SELECT newest, toUnixTimestamp64Milli(changed) AS changedMs FROM (${NEWEST})
WHERE state IN ('sent', 'failed') OR ${HAS_FAILED}
ORDER BY changed DESC, about LIMIT {limit:UInt32}`;

export interface ChannelActivity {
  readonly lastSent: ChannelEvent | null;
  readonly lastFailed: ChannelEvent | null;
  /** Messages that wait to be sent. */
  readonly waiting: number;
}

/**
 * What each channel took last, by its id; of digests by `digest:` and the id of the recipient.
 * @param sinceMs only messages that changed since then, ms since 1970
 * @throws StorageError
 */
export async function readChannelActivity(
  db: Database,
  projectId: string,
  sinceMs: number,
): Promise<ReadonlyMap<string, ChannelActivity>> {
  const rows = await db.query<{
    place: string;
    sent: string;
    sentMs: string;
    failed: string;
    failedMs: string;
    waiting: string;
  }>(READ_BY_CHANNEL, { project: projectId, since: sinceMs });
  return new Map(
    rows.map(({ place, sent, sentMs, failed, failedMs, waiting }) => [
      place,
      {
        lastSent: toEvent(sent, Number(sentMs)),
        lastFailed: toEvent(failed, Number(failedMs)),
        waiting: Number(waiting),
      },
    ]),
  );
}

/** Messages that were sent, or tried in vain, newest first. @param sinceMs ms since 1970 @throws StorageError */
export async function readRecentEvents(
  db: Database,
  projectId: string,
  sinceMs: number,
  limit: number,
): Promise<ChannelEvent[]> {
  const rows = await db.query<{ newest: string; changedMs: string }>(READ_RECENT, {
    project: projectId,
    since: sinceMs,
    limit,
  });
  return rows.flatMap(({ newest, changedMs }) => toEvent(newest, Number(changedMs)) ?? []);
}

/** null for none, and for a row that cannot be read: the detector names those. */
function toEvent(payload: string, atMs: number): ChannelEvent | null {
  if (payload === '') return null;
  const parsed = storedDeliverySchema.safeParse(JSON.parse(payload));
  if (!parsed.success) return null;
  const { channel, subject, transition, status, attempts, lastError } = parsed.data;
  return { at: new Date(atMs).toISOString(), channel, subject, transition, status, attempts, lastError };
}
