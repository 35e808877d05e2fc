import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACKS, RESOLVES } from '#contracts/mute';
import { insertErrors } from '../test/support/error-rows.ts';
import { OPENED_MS, pendingDelivery, storedIncident } from '../test/support/incidents.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { appendJournal, type JournalEntry } from './journal.ts';
import { readIncident, readIncidents, readIncidentTransitions } from './read-incidents.ts';
import { putSettings } from './settings.ts';

const HOUR = 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

let projects = 0;
const newProject = () => `project-${++projects}`;
const incident = (...of: Parameters<typeof storedIncident>): JournalEntry => ({
  kind: 'incident',
  incident: storedIncident(...of),
});
const delivery = (...of: Parameters<typeof pendingDelivery>): JournalEntry => ({
  kind: 'delivery',
  delivery: pendingDelivery(...of),
});

describe('incidents', () => {
  it('are read newest first, each with its notifications', async () => {
    const project = newProject();
    expect(await readIncidents(db, project)).toEqual([]);
    await appendJournal(db, project, OPENED_MS, [
      incident('a'),
      delivery('a', { status: 'failed', attempts: 3, lastError: 'no_service' }),
      incident('b', { openedAt: iso(OPENED_MS + 1) }),
    ]);
    const incidents = await readIncidents(db, project);
    expect(incidents.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(incidents[1]?.notices).toEqual([
      {
        at: iso(OPENED_MS),
        sentAt: null,
        transition: 'opened',
        channel: 'slack',
        status: 'failed',
        attempts: 3,
        lastError: 'no_service',
      },
    ]);
    expect(await readIncidents(db, project, 1)).toHaveLength(1);
    expect(await readIncident(db, project, 'b')).toEqual(incidents[0]);
    expect(await readIncident(db, project, 'c')).toBeNull();
    expect(await readIncident(db, newProject(), 'a')).toBeNull();
  });

  it('that are open say when their newest error was', async () => {
    const project = newProject();
    const fingerprint = 'f';
    await insertErrors(db, [{ projectId: project, fingerprint, trace: 1, endedMs: OPENED_MS + 5 * HOUR }]);
    const resolved = { status: 'resolved', resolvedAt: iso(OPENED_MS + HOUR) } as const;
    await appendJournal(db, project, OPENED_MS, [
      incident('a', { fingerprint, ...resolved }),
      incident('b', { fingerprint }),
    ]);
    expect((await readIncident(db, project, 'a'))?.lastSeen).toBe(iso(OPENED_MS));
    expect((await readIncident(db, project, 'b'))?.lastSeen).toBe(iso(OPENED_MS + 5 * HOUR));
  });

  it('show what someone did at once', async () => {
    const project = newProject();
    await appendJournal(db, project, OPENED_MS, [incident('a'), incident('b')]);
    const act = { by: 'Ann', at: iso(OPENED_MS + HOUR), note: 'looking' };
    await putSettings(db, project, [{ of: ACKS, id: 'a', value: act }], 'Ann', OPENED_MS);
    await putSettings(db, project, [{ of: RESOLVES, id: 'b', value: act }], 'Ann', OPENED_MS);
    expect(await readIncident(db, project, 'a')).toMatchObject({ status: 'firing', ack: act });
    expect(await readIncident(db, project, 'b')).toMatchObject({
      status: 'resolved',
      resolvedAt: act.at,
      resolvedBy: 'Ann',
      ack: null,
    });
  });

  it('have a story', async () => {
    const project = newProject();
    const transition = (what: 'opened' | 'resolved', words: string) =>
      ({ kind: 'transition', transition: { incidentId: 'a', at: iso(OPENED_MS), what, words } }) as const;
    await appendJournal(db, project, OPENED_MS, [transition('opened', 'one')]);
    await appendJournal(db, project, OPENED_MS, [transition('resolved', 'two')]);
    await db.command('OPTIMIZE TABLE alert_journal FINAL');
    expect((await readIncidentTransitions(db, project, 'a')).map(({ words }) => words)).toEqual(['one', 'two']);
    expect(await readIncidentTransitions(db, project, 'b')).toEqual([]);
  });
});

describe('incidents of the first version', () => {
  it('are read as patterns, with the message about them', async () => {
    const project = newProject();
    const { id, projectId, status, fingerprint, agent, step, errorType, message, count, windowMinutes, ...rest } =
      storedIncident('a');
    const { firstSeen, lastSeen, openedAt, resolvedAt, exampleTraceIds } = rest;
    const known = { id, projectId, status, fingerprint, agent, step, errorType, message, count, windowMinutes };
    const sent = {
      incidentId: 'a',
      channel: 'slack',
      status: 'sent',
      attempts: 1,
      dueAtMs: OPENED_MS,
      channelHeldUntilMs: null,
      mayHaveArrived: false,
      lastError: null,
    };
    const row = (kind: string, seq: number, payload: unknown) => ({
      project_id: project,
      at: iso(OPENED_MS).replace('T', ' ').replace('Z', ''),
      seq,
      kind,
      subject: 'a',
      payload: JSON.stringify(payload),
    });
    await db.insertRows('alert_journal', [
      row('incident', 1, { ...known, firstSeen, lastSeen, openedAt, resolvedAt, exampleTraceIds }),
      row('delivery', 2, sent),
    ]);
    expect(await readIncident(db, project, 'a')).toMatchObject({
      kind: 'pattern',
      title: 'TimeoutError in lookup_order',
      subject: fingerprint,
      agents: ['support-agent'],
      notices: [{ transition: 'opened', channel: 'slack', status: 'sent' }],
    });
  });
});
