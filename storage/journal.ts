// The detector's memory: an append-only journal. What holds now is the newest row of each subject.

import { z } from 'zod';
import { type Incident, incidentSchema } from '#schema/incident';
import { type Database, StorageError } from './database.ts';
import { readLastSeen } from './read-errors.ts';

/** An incident as it is kept; how it was told is kept apart, because that changes on its own. */
const storedIncidentSchema = incidentSchema.omit({ delivery: true });
export type StoredIncident = z.infer<typeof storedIncidentSchema>;

const deliverySchema = z.object({
  incidentId: z.string(),
  /** The id of a channel (schema/channel.ts). */
  channel: z.string(),
  status: z.enum(['owed', 'sent', 'failed']),
  attempts: z.number(),
  /** Not to be tried before this time, ms since 1970. */
  dueAtMs: z.number(),
  /** The channel asked to be left alone until then, ms since 1970. */
  channelHeldUntilMs: z.number().nullable(),
  /** An attempt ended without an answer, so the message may have come through all the same. */
  mayHaveArrived: z.boolean(),
  lastError: z.string().nullable(),
});
/** One message that is owed, or was sent, or cannot be sent. */
export type Delivery = z.infer<typeof deliverySchema>;

const cursorSchema = z.object({ receivedMs: z.number() });

export type JournalEntry =
  /** Errors received up to this time, ms since 1970, have been judged. */
  | { readonly kind: 'cursor'; readonly receivedMs: number }
  | { readonly kind: 'incident'; readonly incident: StoredIncident }
  | { readonly kind: 'delivery'; readonly delivery: Delivery };

export interface JournalState {
  /** null before the first tick. */
  readonly cursorMs: number | null;
  /** Firing ones, recently resolved ones, and those of `owed`; oldest first. */
  readonly incidents: readonly StoredIncident[];
  /** Longest due first. */
  readonly owed: readonly Delivery[];
}

/**
 * Appends the entries in one block: all of them are saved, or none. `atMs` is when they were decided.
 * @throws StorageError
 */
export async function appendJournal(
  db: Database,
  projectId: string,
  atMs: number,
  entries: readonly JournalEntry[],
): Promise<void> {
  // The clock may step back, so a counter says what is newest.
  const [newest] = await db.query<{ seq: string }>(
    'SELECT max(seq) AS seq FROM journal WHERE project_id = {project:String}',
    { project: projectId },
  );
  const seq = Number(newest?.seq ?? 0);
  const at = new Date(atMs).toISOString().replace('T', ' ').replace('Z', '');
  await db.insertRows(
    'journal',
    entries.map((entry, i) => ({ project_id: projectId, at, seq: seq + 1 + i, ...toRow(entry) })),
  );
}

function toRow(entry: JournalEntry): { kind: string; subject: string; payload: string } {
  switch (entry.kind) {
    case 'cursor':
      return { kind: 'cursor', subject: 'detector', payload: JSON.stringify({ receivedMs: entry.receivedMs }) };
    case 'incident':
      return { kind: 'incident', subject: entry.incident.id, payload: JSON.stringify(entry.incident) };
    case 'delivery':
      return { kind: 'delivery', subject: entry.delivery.incidentId, payload: JSON.stringify(entry.delivery) };
  }
}

const READ_CURSOR = `
SELECT payload FROM journal WHERE project_id = {project:String} AND kind = 'cursor' ORDER BY seq DESC LIMIT 1`;

const NEWEST_ROWS = `
SELECT subject, argMax(payload, seq) AS newest FROM journal
WHERE project_id = {project:String} AND kind = {kind:String}`;

const READ_OWED = `${NEWEST_ROWS}
GROUP BY subject HAVING JSONExtractString(newest, 'status') = 'owed'
ORDER BY JSONExtractInt(newest, 'dueAtMs'), subject`;

const READ_CURRENT_INCIDENTS = `${NEWEST_ROWS}
GROUP BY subject
HAVING JSONExtractString(newest, 'status') = 'firing'
  OR JSONExtractString(newest, 'resolvedAt') > {resolvedAfter:String}
  OR subject IN {wanted:Array(String)}
ORDER BY JSONExtractString(newest, 'openedAt'), subject`;

const READ_BY_SUBJECT = `${NEWEST_ROWS} AND subject IN {wanted:Array(String)} GROUP BY subject`;

const READ_NEWEST_INCIDENTS = `${NEWEST_ROWS}
GROUP BY subject ORDER BY JSONExtractString(newest, 'openedAt') DESC, subject LIMIT {limit:UInt32}`;

type Row = { subject: string; newest: string };

/**
 * Folds the journal into what holds now. Resolved incidents count as recent for `resolvedWithinMs` before the cursor.
 * @throws StorageError
 */
export async function readJournalState(
  db: Database,
  projectId: string,
  { resolvedWithinMs }: { readonly resolvedWithinMs: number },
): Promise<JournalState> {
  const project = { project: projectId };
  const [cursor] = await db.query<{ payload: string }>(READ_CURSOR, project);
  const cursorMs = cursor === undefined ? null : decode(cursorSchema, cursor.payload).receivedMs;
  const owedRows = await db.query<Row>(READ_OWED, { ...project, kind: 'delivery' });
  const owed = owedRows.map(({ newest }) => decode(deliverySchema, newest));
  const incidentRows = await db.query<Row>(READ_CURRENT_INCIDENTS, {
    ...project,
    kind: 'incident',
    resolvedAfter: new Date((cursorMs ?? 0) - resolvedWithinMs).toISOString(),
    wanted: owed.map(({ incidentId }) => incidentId),
  });
  return {
    cursorMs,
    incidents: incidentRows.map(({ newest }) => decode(storedIncidentSchema, newest)),
    owed,
  };
}

/**
 * Incidents, newest first, at most `limit`; `lastSeen` of a firing one is that of its newest error.
 * @throws StorageError
 */
export async function readIncidents(db: Database, projectId: string, limit = 500): Promise<Incident[]> {
  const rows = await db.query<Row>(READ_NEWEST_INCIDENTS, { project: projectId, kind: 'incident', limit });
  return complete(db, projectId, rows);
}

/**
 * One incident, or null when there is none with this id.
 * @throws StorageError
 */
export async function readIncident(db: Database, projectId: string, id: string): Promise<Incident | null> {
  const rows = await db.query<Row>(READ_BY_SUBJECT, { project: projectId, kind: 'incident', wanted: [id] });
  return (await complete(db, projectId, rows))[0] ?? null;
}

async function complete(db: Database, projectId: string, rows: readonly Row[]): Promise<Incident[]> {
  if (rows.length === 0) return [];
  const incidents = rows.map(({ newest }) => decode(storedIncidentSchema, newest));
  const wanted = incidents.map(({ id }) => id);
  const told = await db.query<Row>(READ_BY_SUBJECT, { project: projectId, kind: 'delivery', wanted });
  const deliveries = new Map(told.map(({ subject, newest }) => [subject, decode(deliverySchema, newest)]));
  const firing = incidents.filter(({ status }) => status === 'firing');
  const lastSeen = await readLastSeen(db, projectId, [...new Set(firing.map(({ fingerprint }) => fingerprint))]);
  return incidents.map((incident) => {
    const { channel, status, attempts, lastError } = deliveries.get(incident.id) ?? NOT_TOLD;
    const newestError = incident.status === 'firing' ? (lastSeen.get(incident.fingerprint) ?? 0) : 0;
    return {
      ...incident,
      lastSeen: new Date(Math.max(Date.parse(incident.lastSeen), newestError)).toISOString(),
      delivery: { channel, status, attempts, lastError },
    };
  });
}

/** Cannot be read back, because an incident and its delivery are saved together; stands for a journal cut by hand. */
const NOT_TOLD = {
  channel: 'console',
  status: 'failed',
  attempts: 0,
  lastError: 'The delivery is not recorded.',
} as const;

function decode<T>(shape: z.ZodType<T>, payload: string): T {
  const parsed = shape.safeParse(JSON.parse(payload));
  if (parsed.success) return parsed.data;
  throw new StorageError(`A row of the journal cannot be read: ${parsed.error.message}`, { retryable: false });
}
