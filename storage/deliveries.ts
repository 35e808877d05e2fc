// The outbox: messages and their outcomes. A transition of a subject is enqueued once on each channel, however
// often it is found.
import { createHash } from 'node:crypto';
import type { Delivery } from '#contracts/delivery';
import type { Database } from './database.ts';
import { decodeEach, type NewestRow, type UnreadableRow } from './journal.ts';
import { storedDeliverySchema } from './journal-shapes.ts';

interface NewMessage {
  readonly projectId: string;
  readonly subject: string;
  readonly transition: string;
  /** Counts the transitions that may happen more than once. Default 0. */
  readonly step?: number;
  readonly channel: string;
  readonly payload?: string;
}

/** A new message in the outbox, due at once. */
export function newDelivery({ projectId, payload, step = 0, ...what }: NewMessage, nowMs: number): Delivery {
  const idem = createHash('sha256')
    .update([projectId, what.subject, what.transition, String(step), what.channel].join('|'))
    .digest('hex');
  return {
    idem,
    ...what,
    step,
    status: 'owed',
    attempts: 0,
    createdAtMs: nowMs,
    dueAtMs: nowMs,
    sentAtMs: null,
    messageId: null,
    channelHeldUntilMs: null,
    mayHaveArrived: false,
    lastError: null,
    payload: payload ?? null,
  };
}

const NEWEST = `
SELECT subject, argMax(payload, seq) AS newest FROM alert_journal
WHERE project_id = {project:String} AND kind = 'delivery' GROUP BY subject`;

const READ_BY_SUBJECT = `${NEWEST}
HAVING if(JSONHas(newest, 'incidentId'), concat('incident:', subject), JSONExtractString(newest, 'subject')) IN {wanted:Array(String)}`;

const READ_SINCE = `${NEWEST}
HAVING JSONExtractInt(newest, 'sentAtMs') > {sinceMs:Int64}`;

/**
 * Everything pending, sent, failed or dropped about these subjects; oldest first.
 * @param unreadable takes the rows that are not of their shape; they are left out
 * @throws StorageError
 */
export async function readDeliveries(
  db: Database,
  projectId: string,
  subjects: readonly string[],
  unreadable: UnreadableRow[] = [],
): Promise<Delivery[]> {
  if (subjects.length === 0) return [];
  return decode(await db.query<NewestRow>(READ_BY_SUBJECT, { project: projectId, wanted: subjects }), unreadable);
}

/** `idem` of every message about these subjects, those too that cannot be read. @throws StorageError */
export async function readKnownOf(
  db: Database,
  projectId: string,
  subjects: readonly string[],
): Promise<ReadonlySet<string>> {
  if (subjects.length === 0) return new Set();
  const rows = await db.query<NewestRow>(READ_BY_SUBJECT, { project: projectId, wanted: subjects });
  return new Set(rows.map(({ subject }) => subject));
}

/**
 * What went out after `sinceMs` (ms since 1970); oldest first.
 * @param unreadable takes the rows that are not of their shape; they are left out
 * @throws StorageError
 */
export async function readSentSince(
  db: Database,
  projectId: string,
  sinceMs: number,
  unreadable: UnreadableRow[] = [],
): Promise<Delivery[]> {
  return decode(await db.query<NewestRow>(READ_SINCE, { project: projectId, sinceMs }), unreadable);
}

function decode(rows: readonly NewestRow[], unreadable: UnreadableRow[]): Delivery[] {
  return decodeEach(storedDeliverySchema, 'delivery', rows, unreadable).sort(
    (a, b) => a.createdAtMs - b.createdAtMs || a.idem.localeCompare(b.idem),
  );
}
