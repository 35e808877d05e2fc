// Incidents as people see them: as stored, with their notifications, who acknowledged them, and what was done since the
// last tick.
import type { Incident, Notice } from '#contracts/incident';
import { ACKS, RESOLVES } from '#contracts/mute';
import type { Database } from './database.ts';
import { readDeliveries } from './deliveries.ts';
import { decodeEach, incidentOf, type NewestRow, type UnreadableRow } from './journal.ts';
import {
  decodePayload,
  type IncidentTransition,
  type StoredIncident,
  storedIncidentSchema,
  transitionSchema,
} from './journal-shapes.ts';
import { readLastSeen } from './read-errors.ts';
import { readSettings } from './settings.ts';

const NEWEST = `
SELECT subject, argMax(payload, seq) AS newest FROM alert_journal
WHERE project_id = {project:String} AND kind = 'incident'`;

const READ_NEWEST = `${NEWEST}
GROUP BY subject ORDER BY JSONExtractString(newest, 'openedAt') DESC, subject LIMIT {limit:UInt32}`;

const READ_BY_ID = `${NEWEST} AND subject IN {wanted:Array(String)} GROUP BY subject`;

const READ_TRANSITIONS = `
SELECT concat(replaceOne(toString(at), ' ', 'T'), 'Z') AS at, payload FROM alert_journal
WHERE project_id = {project:String} AND kind = 'transition' AND startsWith(subject, {prefix:String}) ORDER BY subject, seq`;

/** An entry in the story of an incident; `at` is ISO 8601, UTC. */
export interface StoryEntry {
  readonly at: string;
  readonly what: IncidentTransition['what'] | 'unreadable';
  readonly words: string;
}

const iso = (ms: number) => new Date(ms).toISOString();

/**
 * Incidents, newest first, at most `limit`; `lastSeen` of an open one is that of its newest error. What cannot be read is
 * left out; the detector names it.
 * @throws StorageError
 */
export async function readIncidents(db: Database, projectId: string, limit = 500): Promise<Incident[]> {
  return complete(db, projectId, await db.query<NewestRow>(READ_NEWEST, { project: projectId, limit }), []);
}

/** One incident, or null when there is none with this id. @throws StorageError */
export async function readIncident(db: Database, projectId: string, id: string): Promise<Incident | null> {
  const rows = await db.query<NewestRow>(READ_BY_ID, { project: projectId, wanted: [id] });
  const unreadable: UnreadableRow[] = [];
  const [incident] = await complete(db, projectId, rows, unreadable);
  if (incident === undefined && unreadable[0] !== undefined) throw unreadable[0].error;
  return incident ?? null;
}

/** The story of an incident, oldest first. An entry that cannot be read is listed as `unreadable`. @throws StorageError */
export async function readIncidentTransitions(db: Database, projectId: string, id: string): Promise<StoryEntry[]> {
  const rows = await db.query<{ at: string; payload: string }>(READ_TRANSITIONS, {
    project: projectId,
    prefix: `${id}/`,
  });
  return rows.map(({ at, payload }) => {
    try {
      return decodePayload(transitionSchema, payload);
    } catch (error) {
      return { at, what: 'unreadable', words: `What is stored of it is damaged: ${(error as Error).message}` };
    }
  });
}

async function complete(
  db: Database,
  projectId: string,
  rows: readonly NewestRow[],
  unreadable: UnreadableRow[],
): Promise<Incident[]> {
  if (rows.length === 0) return [];
  const incidents = decodeEach(storedIncidentSchema, 'incident', rows, unreadable);
  const notices = new Map<string, Notice[]>();
  const deliveries = await readDeliveries(
    db,
    projectId,
    incidents.map(({ id }) => `incident:${id}`),
  );
  for (const { subject, transition, channel, status, attempts, createdAtMs, sentAtMs, lastError } of deliveries) {
    const id = incidentOf(subject) as string;
    const sentAt = sentAtMs === null ? null : iso(sentAtMs);
    const notice = { at: iso(createdAtMs), sentAt, transition, channel, status, attempts, lastError };
    notices.set(id, [...(notices.get(id) ?? []), notice]);
  }
  const open = incidents.filter(({ status }) => status !== 'resolved');
  const lastSeen = await readLastSeen(db, projectId, [...new Set(open.flatMap(({ fingerprint: f }) => f ?? []))]);
  const acks = new Map((await readSettings(db, projectId, ACKS)).map(({ id, value }) => [id, value]));
  const ended = new Map((await readSettings(db, projectId, RESOLVES)).map(({ id, value }) => [id, value]));
  return incidents.map((incident) => {
    const { memory: _, ...known } = withNewestError(endedByHand(incident, ended.get(incident.id)), lastSeen);
    return { ...known, ack: acks.get(incident.id) ?? null, notices: notices.get(incident.id) ?? [] };
  });
}

function withNewestError(incident: StoredIncident, lastSeen: ReadonlyMap<string, number>): StoredIncident {
  const newestMs = incident.status === 'resolved' ? 0 : (lastSeen.get(incident.fingerprint ?? '') ?? 0);
  return { ...incident, lastSeen: iso(Math.max(Date.parse(incident.lastSeen), newestMs)) };
}

/** What someone resolved is resolved at once; the detector follows at its next tick. */
function endedByHand(incident: StoredIncident, act: { by: string; at: string } | undefined): StoredIncident {
  if (act === undefined || incident.status === 'resolved') return incident;
  return { ...incident, status: 'resolved', resolvedAt: act.at, resolvedBy: act.by };
}
