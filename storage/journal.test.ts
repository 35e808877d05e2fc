import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pendingDelivery, storedIncident } from '../test/support/incidents.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { newDelivery, readDeliveries, readSentSince } from './deliveries.ts';
import { appendJournal, readJournalState } from './journal.ts';

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
const cursor = (receivedMs: number, fence = 0) => ({ kind: 'cursor', receivedMs, fence }) as const;
const incident = (...of: Parameters<typeof storedIncident>) =>
  ({ kind: 'incident', incident: storedIncident(...of) }) as const;
const delivery = (...of: Parameters<typeof pendingDelivery>) =>
  ({ kind: 'delivery', delivery: pendingDelivery(...of) }) as const;

describe('the journal', () => {
  it('is empty at first', async () => {
    expect(await stateOf(newProject())).toEqual({
      cursorMs: null,
      fence: 0,
      incidents: [],
      pending: [],
      unreadable: [],
    });
  });

  it('gives back what was appended, and the newest of each', async () => {
    const project = newProject();
    await appendJournal(db, project, NOON, [cursor(NOON, 3), incident('a'), delivery('a')]);
    const first = {
      cursorMs: NOON,
      fence: 3,
      unreadable: [],
      incidents: [storedIncident('a')],
      pending: [pendingDelivery('a')],
    };
    expect(await stateOf(project)).toEqual(first);
    await appendJournal(db, project, NOON + 1, [cursor(NOON + 1, 4), delivery('a', { status: 'sent', attempts: 1 })]);
    expect(await stateOf(project)).toEqual({ ...first, cursorMs: NOON + 1, fence: 4, pending: [] });
  });

  it('believes the last append, even when the clock stepped back before it', async () => {
    const project = newProject();
    await appendJournal(db, project, NOON, [cursor(NOON)]);
    await appendJournal(db, project, NOON - HOUR, [cursor(NOON - HOUR)]);
    expect((await stateOf(project)).cursorMs).toBe(NOON - HOUR);
  });

  it('reads the same after the engine has forgotten the older rows', async () => {
    const project = newProject();
    for (let i = 0; i < 5; i++)
      await appendJournal(db, project, NOON + i, [cursor(NOON + i), incident('a', { count: i }), delivery('a')]);
    const before = await stateOf(project);
    await db.command('OPTIMIZE TABLE alert_journal FINAL');
    expect(await stateOf(project)).toEqual(before);
    const [rows] = await db.query<{ n: string }>(
      'SELECT count() AS n FROM alert_journal WHERE project_id = {project:String}',
      { project },
    );
    expect(Number(rows?.n)).toBe(3);
  });

  it('forgets incidents that were resolved long before the cursor, unless a notification is pending', async () => {
    const project = newProject();
    const resolved = (id: string, resolvedAtMs: number) =>
      incident(id, { status: 'resolved', resolvedAt: iso(resolvedAtMs) });
    await appendJournal(db, project, NOON, [
      cursor(NOON),
      resolved('old', NOON - HOUR - 1),
      resolved('old-and-pending', NOON - HOUR - 1),
      delivery('old-and-pending'),
      resolved('recent', NOON - HOUR + 1),
      incident('open-for-a-month', { openedAt: iso(NOON - 720 * HOUR) }),
    ]);
    expect((await stateOf(project)).incidents.map(({ id }) => id).sort()).toEqual([
      'old-and-pending',
      'open-for-a-month',
      'recent',
    ]);
  });

  it('lists pending messages, longest due first, and leaves digests to themselves', async () => {
    const project = newProject();
    const digest = newDelivery(
      { projectId: project, subject: 'digest:2026-03-02:ann', transition: 'digest', channel: 'env-email' },
      NOON,
    );
    await appendJournal(db, project, NOON, [
      delivery('a', { dueAtMs: NOON + 5 }),
      delivery('b', { dueAtMs: NOON - 5 }),
      delivery('c', { status: 'failed' }),
      { kind: 'delivery', delivery: digest },
    ]);
    expect((await stateOf(project)).pending.map(({ subject }) => subject)).toEqual(['incident:b', 'incident:a']);
    expect(await readDeliveries(db, project, ['digest:2026-03-02:ann'])).toEqual([digest]);
  });

  it('enqueues a transition of a subject once on each channel, however often it is appended', async () => {
    const project = newProject();
    const what = { projectId: project, subject: 'incident:a', transition: 'opened', channel: 'slack' };
    for (const again of [what, what, { ...what, channel: 'console' }, { ...what, step: 1 }])
      await appendJournal(db, project, NOON, [{ kind: 'delivery', delivery: newDelivery(again, NOON) }]);
    expect(await readDeliveries(db, project, ['incident:a'])).toHaveLength(3);
  });

  it('knows what went out lately', async () => {
    const project = newProject();
    await appendJournal(db, project, NOON, [
      delivery('a', { status: 'sent', sentAtMs: NOON }),
      delivery('b', { status: 'sent', sentAtMs: NOON - 1 }),
      delivery('c'),
    ]);
    expect((await readSentSince(db, project, NOON - 1)).map(({ subject }) => subject)).toEqual(['incident:a']);
  });

  it('keeps projects apart', async () => {
    await appendJournal(db, newProject(), NOON, [cursor(NOON), incident('a'), delivery('a')]);
    const other = newProject();
    expect(await stateOf(other)).toMatchObject({ cursorMs: null, incidents: [], pending: [] });
    expect(await readDeliveries(db, other, ['incident:a'])).toEqual([]);
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
    await appendJournal(watched, newProject(), NOON, [incident('a'), incident('b'), incident('c')]);
    expect(inserts).toEqual([3]);
  });

  it('numbers appends of one process in order, also when they come at once', async () => {
    const project = newProject();
    await Promise.all([1, 2, 3].map((i) => appendJournal(db, project, NOON, [cursor(NOON + i)])));
    expect((await stateOf(project)).cursorMs).toBe(NOON + 3);
  });
});
