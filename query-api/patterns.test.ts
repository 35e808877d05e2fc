// Error patterns over HTTP: the list, one of them, and what people change.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MUTES } from '#contracts/mute';
import type { PatternDetail, PatternPage } from '#contracts/pattern';
import { PATTERN_NOTES } from '#contracts/pattern-notes';
import { storedName } from '#storage/native/cut-name';
import { readHistory, readSettings } from '#storage/settings';
import { insertErrors, traceIdOf } from '../test/support/error-rows.ts';
import { startTestApi, type TestApi } from '../test/support/query-api.ts';
import { at, insertSpans, NOW_MS, SECOND, span } from '../test/support/span-rows.ts';

const [A, B, C] = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'] as const;
const HOSTILE = '<img src=x onerror=alert(1)> & "quotes"';
let api: TestApi;
let now = NOW_MS;

/** Longer than names are stored. */
const LONG_AGENT = 'a'.repeat(700);

beforeAll(async () => {
  api = await startTestApi({ now: () => now });
  const row = (fingerprint: string, trace: number, over = {}) => ({
    projectId: 'default',
    fingerprint,
    trace,
    endedMs: NOW_MS - trace * 60_000,
    ...over,
  });
  await insertErrors(api.db, [
    ...Array.from({ length: 12 }, (_, i) =>
      row(A, i + 1, { version: '3.9.0', template: 'customer Ann has no open order in this shop' }),
    ),
    ...[20, 21].map((trace) => row(B, trace, { template: 'customer Jürgen has no open order in this shop' })),
    row(C, 30, {
      agent: storedName(LONG_AGENT),
      step: HOSTILE,
      errorType: HOSTILE,
      template: HOSTILE,
      message: HOSTILE,
    }),
  ]);
  await insertSpans(
    api.db,
    Array.from({ length: 40 }, (_, i) =>
      span(1000 + i, 1000 + i, {
        kind: 'agent',
        agent: 'support-agent',
        service: 'shop',
        service_version: '3.8.0',
        start_time: at(-3600 * SECOND),
        is_error: 0,
      }),
    ),
  );
});
afterAll(() => api.close());

const list = async (query = '') => (await api.get(`/api/patterns${query}`)).body as PatternPage;
const detail = async (fingerprint: string) => (await api.get(`/api/patterns/${fingerprint}`)).body as PatternDetail;
const post = (path: string, body?: unknown) =>
  fetch(`${api.url}/api/patterns/${path}?by=Ines`, {
    method: 'POST',
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
const names = async (query = '') => (await list(query)).patterns.map(({ fingerprint }) => fingerprint);

it('lists patterns by filter, in order, page by page, with totals of all', async () => {
  expect(await names()).toEqual([A, B, C]);
  expect(await names('?sort=errors&agent=support-agent')).toEqual([A, B]);
  expect(await names('?version=3.9.0')).toEqual([A]);
  for (const agent of [LONG_AGENT, storedName(LONG_AGENT)]) expect(await names(`?agent=${agent}`)).toEqual([C]);
  expect(await names('?q=IMG%20SRC')).toEqual([C]);
  expect(await names('?status=muted&status=resolved')).toEqual([]);
  const first = await list('?limit=2&sort=errors');
  expect(first).toMatchObject({ total: { patterns: 3, errors: 15 }, isCut: false });
  expect(first.facets.agent).toEqual([
    { value: 'support-agent', count: 2 },
    { value: storedName(LONG_AGENT), count: 1 },
  ]);
  expect(await names(`?limit=2&sort=errors&cursor=${first.nextCursor}`)).toEqual([C]);
  expect((await api.get('/api/patterns?cursor=x')).status).toBe(400);
  expect((await api.get('/api/patterns?colour=red')).status).toBe(400);
  expect(await names(`?from=${NOW_MS - 90_000}`)).toEqual([A]);
});

it('returns one pattern whole', async () => {
  const found = await detail(A);
  expect(found.pattern).toMatchObject({
    title: 'TimeoutError in lookup_order',
    errors: 12,
    runs: 12,
    status: 'new',
    versions: ['3.9.0'],
    openIncidentId: null,
  });
  expect(found.burst).toEqual({
    first: new Date(NOW_MS - 12 * 60_000).toISOString(),
    tenth: new Date(NOW_MS - 3 * 60_000).toISOString(),
  });
  expect(found.comparison).toMatchObject({ failing: 12, good: 40, isTooFew: false });
  expect(found.comparison.differences).toMatchObject([
    { factor: 'version', value: 'shop 3.9.0', failing: { count: 12, of: 12 }, good: { count: 0, of: 40 } },
  ]);
  expect(found.examples[0]?.run).toMatchObject({ traceId: traceIdOf(1), status: 'error' });
  expect(found.examples).toHaveLength(5);
  expect(found.why).toMatchObject({ forms: 12, exampleTraceId: traceIdOf(1) });
  expect(found.usualPerDay).toBeNull();
});

it('gives hostile text back as it came', async () => {
  const found = await detail(C);
  expect(found.pattern).toMatchObject({ step: HOSTILE, errorType: HOSTILE, template: HOSTILE });
  expect(found.comparison.isTooFew).toBe(true);
});

it('knows no pattern that never was', async () => {
  expect(await api.get('/api/patterns/dddddddd')).toMatchObject({
    status: 404,
    body: { error: { code: 'pattern_not_found' } },
  });
  expect((await post('dddddddd/resolve', {})).status).toBe(404);
  expect((await api.get('/api/patterns/not-hex')).status).toBe(400);
});

it('suggests to merge what looks alike, merges, splits, and forgets a suggestion someone refused', async () => {
  const [suggestion] = (await list()).suggestions;
  expect(suggestion?.fingerprints).toEqual([A, B]);
  expect((await post(`${B}/dismiss`, { fingerprints: [A] })).status).toBe(200);
  expect((await list()).suggestions).toEqual([]);

  expect(await (await post(`${A}/merge`, { fingerprints: [B] })).json()).toEqual({ fingerprint: A });
  expect(await names()).toEqual([A, C]);
  expect((await detail(B)).pattern).toMatchObject({ fingerprint: A, members: [A, B], errors: 14 });
  expect((await detail(A)).parts.map(({ fingerprint }) => fingerprint)).toEqual([A, B]);
  expect((await post(`${A}/split`, { fingerprints: [C] })).status).toBe(400);
  expect((await post(`${A}/merge`, { fingerprints: ['dddddddd'] })).status).toBe(404);

  expect((await post(`${A}/split`, { fingerprints: [B] })).status).toBe(200);
  expect(await names()).toEqual([A, B, C]);
});

it('keeps who looks after it, notes, and that it was solved, and who said so', async () => {
  await post(`${A}/assign`, { assignee: 'Ines' });
  await Promise.all(['one', 'two', HOSTILE].map((text) => post(`${A}/notes`, { text })));
  await post(`${A}/resolve`, { note: 'fixed in 4.0' });
  const solved = await detail(A);
  expect(solved.pattern).toMatchObject({ assignee: 'Ines', status: 'resolved' });
  expect(solved.resolved).toEqual({ at: new Date(NOW_MS).toISOString(), by: 'Ines' });
  expect(solved.notes.map(({ text }) => text).sort()).toEqual([HOSTILE, 'fixed in 4.0', 'one', 'two'].sort());
  expect(await names('?assignee=Ines&status=resolved')).toEqual([A]);

  now = NOW_MS + 60_000;
  await insertErrors(api.db, [
    {
      projectId: 'default',
      fingerprint: A,
      trace: 60,
      endedMs: NOW_MS + 30_000,
      version: '4.0.0',
      template: 'customer Ann has no open order in this shop',
    },
  ]);
  expect((await detail(A)).pattern.status).toBe('regressed');
  await post(`${A}/reopen`, {});
  expect((await detail(A)).pattern.status).toBe('new');
  expect((await readHistory(api.db, 'default', PATTERN_NOTES, A)).map(({ changedBy }) => changedBy)).toEqual([
    'Ines',
    'Ines',
    'Ines',
  ]);
});

it('is muted for a while, and heard again', async () => {
  await post(`${A}/mute`, { minutes: 60, why: 'known' });
  expect((await readSettings(api.db, 'default', MUTES)).map(({ value }) => value)).toMatchObject([
    { scope: { kind: 'pattern', fingerprint: A }, by: 'Ines', why: 'known' },
  ]);
  expect(await detail(A)).toMatchObject({ pattern: { status: 'muted' }, mute: { by: 'Ines', why: 'known' } });
  now += 61 * 60_000;
  expect((await detail(A)).pattern.status).toBe('new');
  now -= 61 * 60_000;
  expect((await post(`${A}/unmute`)).status).toBe(200);
  expect((await detail(A)).mute).toBeNull();
});
