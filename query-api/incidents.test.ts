// Incidents, mutes and maintenance windows over real HTTP and a real engine.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Incident, IncidentDetail } from '#contracts/incident';
import type { MuteList, WindowList } from '#contracts/routes/mutes';
import { appendJournal } from '#storage/journal';
import { OPENED_MS, storedIncident } from '../test/support/incidents.ts';
import { startTestApi, type TestApi } from '../test/support/query-api.ts';
import { at, id as hex, insertSpans, NOW_MS, SECOND, span } from '../test/support/span-rows.ts';

const PROJECT = 'default';
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await insertSpans(api.db, [
    span(1, 1, {
      name: 'refund',
      agent: 'refund-desk',
      is_error: 1,
      error_type: 'Timeout',
      duration_ns: String(SECOND),
    }),
    span(2, 1, { name: 'refund', agent: 'refund-desk', start_time: at(SECOND) }),
  ]);
});
afterAll(() => api.close());

async function send<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(api.url + path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}
const codeOf = ({ body }: { body: unknown }) => (body as { error: { code: string } }).error.code;

let made = 0;
async function openIncident(fields: Parameters<typeof storedIncident>[1] = {}): Promise<string> {
  const incidentId = `incident-${++made}`;
  await appendJournal(api.db, PROJECT, OPENED_MS, [{ kind: 'incident', incident: storedIncident(incidentId, fields) }]);
  return incidentId;
}

describe('an incident', () => {
  it('comes with its story and its example runs in a line each; runs that are gone are left out', async () => {
    const incidentId = await openIncident({ exampleTraceIds: [hex(2, 32), hex(1, 32), hex(9, 32)] });
    await appendJournal(api.db, PROJECT, OPENED_MS, [
      {
        kind: 'transition',
        transition: { incidentId, at: '2026-03-02T12:00:00.000Z', what: 'opened', words: 'ten errors in 12 minutes' },
      },
    ]);
    const { body } = await send<IncidentDetail>('GET', `/api/incidents/${incidentId}`);
    expect(body.steps).toEqual([{ at: '2026-03-02T12:00:00.000Z', what: 'opened', words: 'ten errors in 12 minutes' }]);
    expect(body.examples.map(({ traceId, status }) => [traceId, status])).toEqual([
      [hex(2, 32), 'ok'],
      [hex(1, 32), 'error'],
    ]);
    expect(body.examples[1]?.headline).toContain('refund');
    expect(body.common).toContainEqual(expect.objectContaining({ what: 'agent', value: 'refund-desk', runs: 2 }));
  });

  it('is listed by state, pattern and agent', async () => {
    const mine = await openIncident({ fingerprint: 'only this', agent: 'lister', agents: ['lister', 'other'] });
    const over = await openIncident({
      agent: 'lister',
      agents: ['lister'],
      status: 'resolved',
      resolvedAt: '2026-03-02T13:00:00.000Z',
    });
    const ids = async (query: string) =>
      (await send<{ incidents: Incident[] }>('GET', `/api/incidents?${query}`)).body.incidents.map(({ id }) => id);
    expect(await ids('fingerprint=only%20this')).toEqual([mine]);
    expect((await ids('agent=lister')).sort()).toEqual([mine, over].sort());
    expect(await ids('agent=other')).toEqual([mine]);
    expect(await ids('agent=lister&status=open')).toEqual([mine]);
    expect(await ids('agent=lister&status=resolved')).toEqual([over]);
    expect((await send('GET', '/api/incidents?state=open')).status).toBe(400);
  });

  it('is acknowledged by someone, with a note, and given up again', async () => {
    const incidentId = await openIncident();
    const done = await send<Incident>('POST', `/api/incidents/${incidentId}/ack?by=Ann`, { note: 'looking' });
    expect(done.body.ack).toEqual({ by: 'Ann', note: 'looking', at: new Date(NOW_MS).toISOString() });
    const undone = await send<Incident>('DELETE', `/api/incidents/${incidentId}/ack?by=Ann`);
    expect(undone.body.ack).toBeNull();
  });

  it('is resolved by hand, once', async () => {
    const incidentId = await openIncident();
    const done = await send<Incident>('POST', `/api/incidents/${incidentId}/resolve?by=Ann`, {});
    expect(done.body).toMatchObject({
      status: 'resolved',
      resolvedBy: 'Ann',
      resolvedAt: new Date(NOW_MS).toISOString(),
    });
    const again = await send('POST', `/api/incidents/${incidentId}/resolve?by=Bob`, {});
    expect([again.status, codeOf(again)]).toEqual([409, 'incident_is_over']);
    expect(codeOf(await send('POST', `/api/incidents/${incidentId}/ack`, {}))).toBe('incident_is_over');
  });

  it('that nobody knows is answered with where to look', async () => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['POST', '/ack', {}],
      ['DELETE', '/ack', undefined],
      ['POST', '/mute', { why: 'x' }],
      ['POST', '/resolve', {}],
    ] as const) {
      const reply = await send(method, `/api/incidents/nothing${path}`, body);
      expect([reply.status, codeOf(reply)], `${method} ${path}`).toEqual([404, 'incident_not_found']);
    }
  });

  it('is changed by no GET: a link only leads to the page', async () => {
    const incidentId = await openIncident();
    for (const act of ['ack', 'mute', 'resolve']) {
      const { status } = await send('GET', `/api/incidents/${incidentId}/${act}`);
      expect(status).toBe(405);
    }
  });
});

describe('a mute', () => {
  it('covers the pattern, its agent or everything, remembers what there was, and is lifted', async () => {
    const incidentId = await openIncident({ agent: 'muted-agent', count: 12, versions: ['1.0'] });
    const mute = (body: object) =>
      send<{ muteId: string }>('POST', `/api/incidents/${incidentId}/mute?by=Ann`, { why: 'known', ...body });
    const { muteId } = (await mute({})).body;
    await mute({ scope: 'agent', until: '2099-01-01T00:00:00.000Z', unlessItGrows: false });
    await mute({ scope: 'project' });
    const { mutes } = (await send<MuteList>('GET', '/api/mutes')).body;
    expect(mutes.map(({ mute: { scope } }) => scope)).toEqual(
      expect.arrayContaining([
        { kind: 'pattern', fingerprint: `fingerprint of ${incidentId}` },
        { kind: 'agent', agent: 'muted-agent' },
        { kind: 'project' },
      ]),
    );
    expect(mutes.find(({ id }) => id === muteId)?.mute).toMatchObject({
      by: 'Ann',
      why: 'known',
      unless: { times: 10, count: 12, newVersion: true, versions: ['1.0'] },
    });
    for (const { id } of mutes) await send('DELETE', `/api/mutes/${id}?by=Ann`);
    expect((await send<MuteList>('GET', '/api/mutes')).body.mutes).toEqual([]);
    expect(codeOf(await send('DELETE', `/api/mutes/${muteId}`))).toBe('mute_not_found');
  });

  it('says why, and is not listed when its time is over', async () => {
    const incidentId = await openIncident();
    expect((await send('POST', `/api/incidents/${incidentId}/mute`, { why: ' ' })).status).toBe(400);
    await send('POST', `/api/incidents/${incidentId}/mute`, { why: 'short', until: '2020-01-01T00:00:00.000Z' });
    expect((await send<MuteList>('GET', '/api/mutes')).body.mutes).toEqual([]);
  });

  it('of an agent needs one', async () => {
    const incidentId = await openIncident({ agent: '' });
    const reply = await send('POST', `/api/incidents/${incidentId}/mute`, { why: 'x', scope: 'agent' });
    expect([reply.status, codeOf(reply)]).toEqual([400, 'bad_request']);
  });
});

describe('a maintenance window', () => {
  const nightly = {
    name: 'Backups',
    timeZone: 'Europe/Paris',
    when: { repeat: 'daily', at: '22:00', durationMinutes: 60 },
    why: 'the database is slow then',
  };

  it('is made, changed, switched off and deleted', async () => {
    const { body: made } = await send<WindowList['windows'][number]>('POST', '/api/maintenance?by=Ann', nightly);
    expect(made.window).toMatchObject({ ...nightly, enabled: true, by: 'Ann', scope: { kind: 'project' } });
    const off = await send<WindowList['windows'][number]>('PUT', `/api/maintenance/${made.id}?by=Bob`, {
      ...nightly,
      enabled: false,
    });
    expect(off.body).toMatchObject({ id: made.id, isOpen: false, window: { enabled: false, by: 'Bob' } });
    expect((await send<WindowList>('DELETE', `/api/maintenance/${made.id}`)).body.windows).toEqual([]);
    expect(codeOf(await send('PUT', `/api/maintenance/${made.id}`, nightly))).toBe('window_not_found');
  });

  it.each([
    ['a zone nobody knows', { timeZone: 'Mars/Base' }],
    ['an end before its beginning', { when: { repeat: 'once', from: '2026-11-26T22:00', to: '2026-11-26T21:00' } }],
    ['no day', { when: { repeat: 'weekly', days: [], at: '22:00', durationMinutes: 5 } }],
  ])('with %s is refused', async (_what, wrong) => {
    const reply = await send('POST', '/api/maintenance', { ...nightly, ...wrong });
    expect([reply.status, codeOf(reply)]).toEqual([400, 'bad_request']);
  });
});
