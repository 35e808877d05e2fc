import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertErrors } from '../test/support/error-rows.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import {
  appendJournal,
  type Delivery,
  readIncident,
  readIncidents,
  readJournalState,
  type StoredIncident,
} from './journal.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const HOUR = 3_600_000;

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

let projects = 0;
const newProject = () => `project-${++projects}`;
const iso = (ms: number) => new Date(ms).toISOString();
const stateOf = (project: string) => readJournalState(db, project, { resolvedWithinMs: HOUR });

const incident = (id: string, fields: Partial<StoredIncident> = {}): StoredIncident => ({
  id,
  projectId: 'p',
  status: 'firing',
  fingerprint: `fingerprint of ${id}`,
  agent: 'support-agent',
  step: 'lookup_order',
  errorType: 'TimeoutError',
  message: 'order <num>\n\n"timed" out; \u{1F4A5}',
  count: 10,
  windowMinutes: 30,
  firstSeen: iso(NOON),
  lastSeen: iso(NOON),
  openedAt: iso(NOON),
  resolvedAt: null,
  exampleTraceIds: ['00'.repeat(16)],
  ...fields,
});

const owed = (incidentId: string, fields: Partial<Delivery> = {}): Delivery => ({
  incidentId,
  channel: 'slack',
  status: 'owed',
  attempts: 0,
  dueAtMs: NOON,
  channelHeldUntilMs: null,
  mayHaveArrived: false,
  lastError: null,
  ...fields,
});

describe('the journal', () => {
  it('is empty at first', async () => {
    const project = newProject();
    expect(await stateOf(project)).toEqual({ cursorMs: null, incidents: [], owed: [] });
    expect(await readIncidents(db, project)).toEqual([]);
    expect(await readIncident(db, project, 'a')).toBeNull();
  });

  it('gives back what was appended, and the newest of each', async () => {
    const project = newProject();
    await appendJournal(db, project, NOON, [
      { kind: 'cursor', receivedMs: NOON },
      { kind: 'incident', incident: incident('a') },
      { kind: 'delivery', delivery: owed('a') },
    ]);
    expect(await stateOf(project)).toEqual({ cursorMs: NOON, incidents: [incident('a')], owed: [owed('a')] });

    await appendJournal(db, project, NOON + 1, [
      { kind: 'cursor', receivedMs: NOON + 1 },
      { kind: 'delivery', delivery: owed('a', { status: 'sent', attempts: 1 }) },
    ]);
    expect(await stateOf(project)).toEqual({ cursorMs: NOON + 1, incidents: [incident('a')], owed: [] });
  });

  it('believes the last append, even when the clock stepped back before it', async () => {
    const project = newProject();
    await appendJournal(db, project, NOON, [{ kind: 'cursor', receivedMs: NOON }]);
    await appendJournal(db, project, NOON - HOUR, [{ kind: 'cursor', receivedMs: NOON - HOUR }]);
    expect((await stateOf(project)).cursorMs).toBe(NOON - HOUR);
  });

  it('forgets incidents that were resolved long before the cursor, unless they are still to be told', async () => {
    const project = newProject();
    const resolved = (id: string, resolvedAtMs: number) =>
      incident(id, { status: 'resolved', resolvedAt: iso(resolvedAtMs) });
    await appendJournal(db, project, NOON, [
      { kind: 'cursor', receivedMs: NOON },
      { kind: 'incident', incident: resolved('old', NOON - HOUR - 1) },
      { kind: 'incident', incident: resolved('old-and-owed', NOON - HOUR - 1) },
      { kind: 'delivery', delivery: owed('old-and-owed') },
      { kind: 'incident', incident: resolved('recent', NOON - HOUR + 1) },
      { kind: 'incident', incident: incident('open-for-a-month', { openedAt: iso(NOON - 720 * HOUR) }) },
    ]);
    expect((await stateOf(project)).incidents.map(({ id }) => id).sort()).toEqual([
      'old-and-owed',
      'open-for-a-month',
      'recent',
    ]);
  });

  it('lists what is owed, longest due first', async () => {
    const project = newProject();
    await appendJournal(db, project, NOON, [
      { kind: 'delivery', delivery: owed('a', { dueAtMs: NOON + 5 }) },
      { kind: 'delivery', delivery: owed('b', { dueAtMs: NOON - 5 }) },
      { kind: 'delivery', delivery: owed('c', { status: 'failed' }) },
    ]);
    expect((await stateOf(project)).owed.map(({ incidentId }) => incidentId)).toEqual(['b', 'a']);
  });

  it('keeps projects apart', async () => {
    const project = newProject();
    await appendJournal(db, project, NOON, [{ kind: 'incident', incident: incident('a') }]);
    expect(await readIncident(db, newProject(), 'a')).toBeNull();
    expect(await readIncidents(db, newProject())).toEqual([]);
  });

  it('appends everything of one call in one insert', async () => {
    const inserts: number[] = [];
    const watched: Database = {
      ...db,
      insertRows: (table, rows) => {
        inserts.push(rows.length);
        return db.insertRows(table, rows);
      },
    };
    const entries = ['a', 'b', 'c'].map((id) => ({ kind: 'incident', incident: incident(id) }) as const);
    await appendJournal(watched, newProject(), NOON, entries);
    expect(inserts).toEqual([3]);
  });
});

describe('incidents', () => {
  it('are read newest first, each with how it was told', async () => {
    const project = newProject();
    await appendJournal(db, project, NOON, [
      { kind: 'incident', incident: incident('a') },
      { kind: 'delivery', delivery: owed('a', { status: 'failed', attempts: 3, lastError: 'no_service' }) },
      { kind: 'incident', incident: incident('b', { openedAt: iso(NOON + 1) }) },
      { kind: 'delivery', delivery: owed('b', { channel: 'console' }) },
    ]);
    const incidents = await readIncidents(db, project);
    expect(incidents.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(incidents[1]?.delivery).toEqual({
      channel: 'slack',
      status: 'failed',
      attempts: 3,
      lastError: 'no_service',
    });
    expect(await readIncidents(db, project, 1)).toHaveLength(1);
    expect(await readIncident(db, project, 'b')).toEqual(incidents[0]);
    expect(await readIncident(db, project, 'c')).toBeNull();
  });

  it('that are firing say when their newest error was', async () => {
    const project = newProject();
    const fingerprint = 'f';
    await insertErrors(db, [{ projectId: project, fingerprint, trace: 1, endedMs: NOON + 5 * HOUR }]);
    const resolved = { status: 'resolved', resolvedAt: iso(NOON + HOUR) } as const;
    await appendJournal(db, project, NOON, [
      { kind: 'incident', incident: incident('a', { fingerprint, ...resolved }) },
      { kind: 'incident', incident: incident('b', { fingerprint }) },
    ]);
    expect((await readIncident(db, project, 'a'))?.lastSeen).toBe(iso(NOON));
    expect((await readIncident(db, project, 'b'))?.lastSeen).toBe(iso(NOON + 5 * HOUR));
  });
});
