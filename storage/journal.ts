// The detector's memory: a journal to which everything is appended. What holds now is the newest row of each subject;
// the engine forgets the older ones when it merges.
import type { z } from 'zod';
import type { Delivery } from '#contracts/delivery';
import type { Database } from './database.ts';
import {
  type Claim,
  cursorSchema,
  decodePayload,
  type Evaluation,
  type IncidentTransition,
  type StoredIncident,
  storedDeliverySchema,
  storedIncidentSchema,
} from './journal-shapes.ts';

export type JournalEntry =
  /** Errors received up to this time, ms since 1970, have been judged, by the holder of this fence. */
  | { readonly kind: 'cursor'; readonly receivedMs: number; readonly fence: number }
  | { readonly kind: 'incident'; readonly incident: StoredIncident }
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  | { readonly kind: 'transition'; readonly transition: IncidentTransition }
  | { readonly kind: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly kind: 'claim'; readonly claim: Claim };

export interface JournalState {
  /** null before the first tick. */
  readonly cursorMs: number | null;
  /** The fence of who moved the cursor last. */
  readonly fence: number;
  /** Open ones, recently resolved ones, and those of `pending`; oldest first. */
  readonly incidents: readonly StoredIncident[];
  /** What alerting has to send, longest due first. Digests send their own. */
  readonly pending: readonly Delivery[];
  /** Rows that are not of their shape, by kind and subject: the others hold without them. */
  readonly unreadable: readonly UnreadableRow[];
}

export interface UnreadableRow {
  readonly kind: 'incident' | 'delivery';
  readonly subject: string;
  readonly error: unknown;
}

/** Appends are serialized per process, so that no two take the same numbers. */
const lines = new WeakMap<Database['insertRows'], Promise<unknown>>();

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
  if (entries.length === 0) return;
  const append = async () => {
    // The clock may step back, so a counter says what is newest.
    const [newest] = await db.query<{ seq: string }>(
      'SELECT max(seq) AS seq FROM alert_journal WHERE project_id = {project:String}',
      { project: projectId },
    );
    const seq = Number(newest?.seq ?? 0);
    const at = new Date(atMs).toISOString().replace('T', ' ').replace('Z', '');
    await db.insertRows(
      'alert_journal',
      entries.map((entry, i) => ({ project_id: projectId, at, seq: seq + 1 + i, ...toRow(entry, atMs, seq + 1 + i) })),
    );
  };
  const before = lines.get(db.insertRows) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(append);
  lines.set(db.insertRows, mine);
  await mine;
}

function toRow(entry: JournalEntry, atMs: number, seq: number): { kind: string; subject: string; payload: string } {
  const { kind } = entry;
  const row = (subject: string, value: unknown) => ({ kind, subject, payload: JSON.stringify(value) });
  switch (entry.kind) {
    case 'cursor':
      return row('detector', { receivedMs: entry.receivedMs, fence: entry.fence });
    case 'incident':
      return row(entry.incident.id, entry.incident);
    case 'delivery':
      return row(entry.delivery.idem, entry.delivery);
    case 'transition':
      return row(`${entry.transition.incidentId}/${String(seq).padStart(16, '0')}`, entry.transition);
    case 'evaluation':
      return row(new Date(atMs).toISOString(), entry.evaluation);
    case 'claim':
      return row(entry.claim.owner, entry.claim);
  }
}

const READ_CURSOR = `
SELECT payload FROM alert_journal
WHERE project_id = {project:String} AND kind = 'cursor' AND subject = 'detector' ORDER BY seq DESC LIMIT 1`;

const NEWEST_ROWS = `
SELECT subject, argMax(payload, seq) AS newest FROM alert_journal
WHERE project_id = {project:String} AND kind = {kind:String}`;

const READ_PENDING = `${NEWEST_ROWS}
GROUP BY subject
HAVING JSONExtractString(newest, 'status') = 'owed' AND NOT startsWith(JSONExtractString(newest, 'subject'), 'digest:')
ORDER BY JSONExtractInt(newest, 'dueAtMs'), subject`;

const READ_CURRENT_INCIDENTS = `${NEWEST_ROWS}
GROUP BY subject
HAVING JSONExtractString(newest, 'status') != 'resolved'
  OR JSONExtractString(newest, 'resolvedAt') > {resolvedAfter:String}
  OR subject IN {wanted:Array(String)}
ORDER BY JSONExtractString(newest, 'openedAt'), subject`;

export type NewestRow = { subject: string; newest: string };

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
  const [row] = await db.query<{ payload: string }>(READ_CURSOR, project);
  const cursor = row === undefined ? null : decodePayload(cursorSchema, row.payload);
  const pendingRows = await db.query<NewestRow>(READ_PENDING, { ...project, kind: 'delivery' });
  const unreadable: UnreadableRow[] = [];
  const pending = decodeEach(storedDeliverySchema, 'delivery', pendingRows, unreadable);
  const incidentRows = await db.query<NewestRow>(READ_CURRENT_INCIDENTS, {
    ...project,
    kind: 'incident',
    resolvedAfter: new Date((cursor?.receivedMs ?? 0) - resolvedWithinMs).toISOString(),
    wanted: pending.flatMap(({ subject }) => incidentOf(subject) ?? []),
  });
  return {
    cursorMs: cursor?.receivedMs ?? null,
    fence: cursor?.fence ?? 0,
    incidents: decodeEach(storedIncidentSchema, 'incident', incidentRows, unreadable),
    pending,
    unreadable,
  };
}

/** Rows that are not of their shape are left out, and added to `unreadable`. */
export function decodeEach<T extends z.ZodType>(
  shape: T,
  kind: UnreadableRow['kind'],
  rows: readonly NewestRow[],
  unreadable: UnreadableRow[],
): z.output<T>[] {
  return rows.flatMap(({ subject, newest }) => {
    try {
      return [decodePayload(shape, newest)];
    } catch (error) {
      unreadable.push({ kind, subject, error });
      return [];
    }
  });
}

const READ_LATEST_OF = `
SELECT argMax(newest, JSONExtractString(newest, 'openedAt')) AS latest FROM (${NEWEST_ROWS} GROUP BY subject)
WHERE JSONExtractString(newest, 'subject') IN {wanted:Array(String)}
GROUP BY JSONExtractString(newest, 'subject'), JSONExtractString(newest, 'ruleId')`;

/** The newest incident of each rule and subject, however old. @throws StorageError */
export async function readLatestOf(
  db: Database,
  projectId: string,
  subjects: readonly string[],
): Promise<StoredIncident[]> {
  if (subjects.length === 0) return [];
  const query = { project: projectId, kind: 'incident', wanted: subjects };
  const rows = await db.query<{ latest: string }>(READ_LATEST_OF, query);
  return rows.map(({ latest }) => decodePayload(storedIncidentSchema, latest));
}

/** The id of the incident that a delivery is about, or null. */
export function incidentOf(subject: string): string | null {
  return subject.startsWith('incident:') ? subject.slice('incident:'.length) : null;
}
