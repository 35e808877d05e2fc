// Rows that do not read, one of each kind that people set and the detector keeps: every page goes on without them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { API } from '#contracts/api';
import { CHANNEL_RECEIVES, CHANNEL_STATES, CHANNELS } from '#contracts/channel';
import type { ChannelList } from '#contracts/channel-view';
import { RECIPIENTS } from '#contracts/digest';
import { DIGEST_COPIES } from '#contracts/digest-copy';
import type { IncidentDetail } from '#contracts/incident';
import { MAINTENANCE } from '#contracts/maintenance';
import { ACKS, MUTES, RESOLVES } from '#contracts/mute';
import { ALIASES, PATTERN_DISMISSALS, PATTERN_NOTES, PATTERN_REMARKS } from '#contracts/pattern-notes';
import type { RuleHistory, RuleList } from '#contracts/routes/rules';
import { RULES, type Rule } from '#contracts/rule';
import { appendJournal } from '#storage/journal';
import { insertErrors } from '../test/support/error-rows.ts';
import { storedIncident } from '../test/support/incidents.ts';
import { startTestApi, type TestApi } from '../test/support/query-api.ts';
import { NOW_MS } from '../test/support/span-rows.ts';

const KINDS: readonly { readonly kind: string }[] = [
  ...[RULES, MUTES, MAINTENANCE, ACKS, RESOLVES, CHANNELS, CHANNEL_STATES, RECIPIENTS],
  CHANNEL_RECEIVES,
  ...[ALIASES, PATTERN_NOTES, PATTERN_REMARKS, PATTERN_DISMISSALS],
];
const AT = '2026-03-02 11:00:00.000';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await insertErrors(api.db, [{ projectId: 'default', fingerprint: 'aaaaaaaa', trace: 1, endedMs: NOW_MS }]);
  await appendJournal(api.db, 'default', NOW_MS, [
    { kind: 'incident', incident: storedIncident('good', { fingerprint: 'aaaaaaaa' }) },
    {
      kind: 'transition',
      transition: { incidentId: 'good', at: '2026-03-02T12:00:00.000Z', what: 'grown', words: '' },
    },
  ]);
  const setting = { project_id: 'default', at: AT, seq: 1, by: 'x', deleted: 0 };
  await api.db.insertRows(
    'settings',
    KINDS.flatMap(({ kind }) => [
      { ...setting, kind, id: 'no-shape', payload: '{"not":"this"}' },
      { ...setting, kind, id: 'no-json', payload: '{"cut' },
    ]),
  );
  const now = new Date(NOW_MS).toISOString().replace('T', ' ').replace('Z', '');
  await api.db.insertRows('settings', [
    { ...setting, at: now, kind: DIGEST_COPIES.kind, id: 'copy', payload: '{"cut' },
  ]);
  const row = { project_id: 'default', at: AT, seq: 1, payload: '{"cut' };
  await api.db.insertRows('alert_journal', [
    { ...row, kind: 'incident', subject: 'broken' },
    { ...row, kind: 'delivery', subject: 'odd' },
    { ...row, kind: 'evaluation', subject: '2026-03-02T11:00:00.000Z' },
    { ...row, kind: 'transition', subject: 'good/0000000000000001' },
  ]);
});
afterAll(() => api.close());

const VALUES: Readonly<Record<string, string>> = { fingerprint: 'aaaaaaaa', date: '2026-03-02', id: 'good' };

it('every page is answered', async () => {
  for (const { method, path } of Object.values(API)) {
    if (method !== 'get') continue;
    const asked = path.replace(/\{(\w+)\}/g, (_, name: string) => VALUES[name] ?? 'f'.repeat(32));
    const response = await fetch(api.url + asked);
    expect(response.status, `${asked}: ${await response.text()}`).toBeLessThan(500);
  }
});

it('an entry in the story of an incident that cannot be read is listed as unreadable', async () => {
  const { steps } = (await api.get('/api/incidents/good')).body as IncidentDetail;
  expect(steps.map(({ at, what }) => [at, what])).toEqual([
    ['2026-03-02T11:00:00.000Z', 'unreadable'],
    ['2026-03-02T12:00:00.000Z', 'grown'],
  ]);
  expect(steps[0]?.words).toContain('damaged');
});

it('a channel that does not read is named in Settings, with what to do', async () => {
  const { channels, notices } = (await api.get('/api/channels')).body as ChannelList;
  expect(channels.map(({ id }) => id)).not.toContain('no-json');
  expect(notices).toHaveLength(2);
  for (const word of ['no-json', 'TELLTALE_SECRET_KEY_FILE', 'DELETE /api/channels/no-json'])
    expect(notices[0]).toContain(word);
});

it.each(['/api/mutes', '/api/maintenance', '/api/rules', '/api/channels'])(
  'what does not read can be taken away: %s',
  async (path) => {
    const response = await fetch(`${api.url}${path}/no-json`, { method: 'DELETE' });
    expect(response.status, await response.text()).toBe(200);
  },
);

it('a default rule of which a change does not read holds as it was, and can be changed again', async () => {
  const [{ rule }] = ((await api.get('/api/rules')).body as RuleList).rules as unknown as [{ rule: Rule }];
  const { id, ...draft } = rule;
  const row = { project_id: 'default', kind: RULES.kind, id, at: AT, seq: 2, by: 'x', deleted: 0, payload: '{"cut' };
  await api.db.insertRows('settings', [row]);
  expect((await api.get(`/api/rules/${id}`)).body).toMatchObject({ isChanged: false });
  const { changes } = (await api.get(`/api/rules/${id}/history`)).body as RuleHistory;
  expect(changes).toMatchObject([{ by: 'x', words: 'What was set cannot be read.' }]);
  const response = await fetch(`${api.url}/api/rules/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...draft, name: 'Changed' }),
  });
  expect(response.status, await response.text()).toBe(200);
  expect((await api.get(`/api/rules/${id}`)).body).toMatchObject({ isChanged: true, rule: { name: 'Changed' } });
});
