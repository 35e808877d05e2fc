import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { API, errorReplySchema } from '#contracts/api';
import { StorageError } from '#storage/database';
import { readIncidents } from '#storage/read-incidents';
import { rawRequest, STATUS, startTestApi, type TestApi } from '../test/support/query-api.ts';
import { at, id, insertSpans, SECOND, span } from '../test/support/span-rows.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let api: TestApi;
let failWith: Error | null = null;
const answered: [route: string, status: number][] = [];
beforeAll(async () => {
  api = await startTestApi({
    publicUrl: 'https://telltale.example',
    onAnswered: (route, status) => void answered.push([route, status]),
    readIncidents: (...asked) => (failWith === null ? readIncidents(...asked) : Promise.reject(failWith)),
    ready: () => (failWith === null ? Promise.resolve(true) : Promise.reject(failWith)),
  });
  await insertSpans(api.db, [
    span(1, 1, { name: 'refund', agent: 'refund-desk', duration_ns: String(2 * SECOND) }),
    span(1, 2, {
      parent_span_id: id(1, 16),
      kind: 'decision',
      decision_name: 'intent',
      decision_choice: 'refund',
      decision_options: ['refund', 'reject'],
      decision_confidence: 0.46,
      decision_threshold: 0.7,
      attributes: { __proto__x: 'a', n: '42', list: '[1,"b"]', 'input.value': '' },
      attribute_types: 'siaI',
      input: 'please refund',
      events: '[{"name":"e","timeUnixNano":"1795176000000000001","attributes":[["k","b","true"]]}]',
    }),
    span(2, 1, { start_time: at(SECOND), is_error: 1, error_type: 'Timeout' }),
  ]);
});
afterAll(() => api.close());

const code = (body: unknown) => errorReplySchema.parse(body).error.code;

test('a trace is answered as its contract says, and not to be cached', async () => {
  const { status, headers, body } = await api.get(`/api/traces/${id(1, 32)}`);
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-store');
  const trace = API.getTrace.reply.parse(body);
  expect(trace.run).toMatchObject({
    headline: 'refund-desk chose refund at 0.46, below the 0.70 it needs',
    agent: 'refund-desk',
  });
  expect(trace.spans).toHaveLength(2);
});

test('a span is answered with its payloads', async () => {
  const { status, body } = await api.get(`/api/traces/${id(1, 32)}/spans/${id(2, 16)}`);
  expect(status).toBe(200);
  expect(API.getSpan.reply.parse(body)).toMatchObject({
    input: 'please refund',
    attributes: { n: 42, list: [1, 'b'], 'input.value': 'please refund' },
    events: [{ name: 'e', time: '2026-11-20T12:00:00.000000001Z', attributes: { k: true } }],
    decision: { name: 'intent', options: ['refund', 'reject'] },
  });
});

test('an id in capitals, or with blanks around it, is understood', async () => {
  expect((await api.get(`/api/traces/%20${id(1, 32).toUpperCase()}`)).status).toBe(200);
});

test('an unknown trace, span or incident is a 404 that repeats the id and says what to check', async () => {
  const trace = await api.get(`/api/traces/${id(99, 32)}`);
  expect(trace).toMatchObject({ status: 404, body: { error: { code: 'trace_not_found' } } });
  expect(JSON.stringify(trace.body)).toContain(id(99, 32));
  expect(JSON.stringify(trace.body)).toContain('TELLTALE_RETENTION_DAYS');
  expect(code((await api.get(`/api/traces/${id(99, 32)}/spans/${id(1, 16)}`)).body)).toBe('trace_not_found');
  expect(code((await api.get(`/api/traces/${id(1, 32)}/spans/${id(99, 16)}`)).body)).toBe('span_not_found');
  expect(code((await api.get('/api/incidents/nope')).body)).toBe('incident_not_found');
});

test('a text that is no id is a 400 that says what an id looks like', async () => {
  for (const bad of ['abc', id(0, 32), `${id(1, 32)}0`, "' OR 1=1 --"]) {
    const { status, body } = await api.get(`/api/traces/${encodeURIComponent(bad)}`);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
  }
});

test('runs are listed, filtered by repeated parameters, and paged by the cursor given', async () => {
  const page = API.listRuns.reply.parse((await api.get('/api/runs?limit=1')).body);
  expect(page.runs.map((run) => run.traceId)).toEqual([id(2, 32)]);
  const next = API.listRuns.reply.parse((await api.get(`/api/runs?limit=1&cursor=${page.nextCursor}`)).body);
  expect(next.runs.map((run) => run.traceId)).toEqual([id(1, 32)]);
  expect(next.nextCursor).toBeNull();
  const both = API.listRuns.reply.parse((await api.get('/api/runs?status=ok&status=error')).body);
  expect(both.runs).toHaveLength(2);
});

test('all problems of a request are named in one 400', async () => {
  const { status, body } = await api.get('/api/runs?limit=0&from=yesterday&colour=red&status=odd&q=a&q=b&attr=x');
  expect(status).toBe(400);
  const { message } = errorReplySchema.parse(body).error;
  for (const name of ['limit', 'from', 'colour', 'status', 'q: may be given only once', 'attr is key=value']) {
    expect(message).toContain(name);
  }
});

test('a cursor that is not ours is a 400', async () => {
  expect((await api.get('/api/runs?cursor=zzz')).status).toBe(400);
});

test('there are no incidents at first', async () => {
  expect(await api.get('/api/incidents')).toMatchObject({ status: 200, body: { incidents: [] } });
});

test('each answer is reported with its route, never with what stands in the path', async () => {
  answered.length = 0;
  for (const path of ['/api/runs', `/api/traces/${'1'.repeat(32)}`, '/api/nothing/x', '/traces/x', '/healthz'])
    await (await fetch(api.url + path)).arrayBuffer();
  await expect
    .poll(() => answered)
    .toEqual([
      ['/api/runs', 200],
      ['/api/traces/:traceId', 404],
      ['unknown', 404],
      ['ui', expect.any(Number)],
      ['/healthz', 200],
    ]);
});

test('status, health and metrics answer', async () => {
  expect((await api.get('/api/status')).body).toEqual(STATUS);
  expect(await api.get('/healthz')).toMatchObject({ status: 200, body: { alive: true } });
  expect(await api.get('/readyz')).toMatchObject({ status: 200, body: { ready: true } });
  const metrics = await fetch(`${api.url}/metrics`);
  expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const text = await metrics.text();
  expect(text).toContain('telltale_spans_received_total 10\n');
  expect(text).toContain('telltale_spans_rejected_total{reason="invalid_trace_id"} 1\n');
  expect(text).toContain('telltale_requests_answered_total{status="400"} 1\n');
});

test('an unknown route is a JSON 404, and OTLP sent here gets the address of the right server', async () => {
  expect(await api.get('/api/nothing')).toMatchObject({ status: 404, body: { error: { code: 'route_not_found' } } });
  const otlp = await fetch(`${api.url}/v1/traces`, { method: 'POST', body: '{}' });
  expect(otlp.status).toBe(404);
  expect(await otlp.text()).toContain('TELLTALE_OTLP_HTTP_PORT');
});

test('a wrong method is a 405 that says which are right', async () => {
  const answer = await rawRequest(api.url, { path: '/api/runs', method: 'POST' });
  expect(answer.status).toBe(405);
  expect(answer.headers.allow).toBe('GET, HEAD');
  expect(code(JSON.parse(answer.body))).toBe('method_not_allowed');
  expect((await rawRequest(api.url, { path: '/api/runs', method: 'HEAD' })).status).toBe(200);
});

test('malformed addresses are refused and the server lives on', async () => {
  const paths = [
    '/api/traces/%E0%A4%A',
    '/%',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/api/runs?q=%',
    '/api/runs?%=%&&=',
    '//',
    '/api/traces/%00',
  ];
  for (const path of paths) {
    const { status } = await rawRequest(api.url, { path });
    expect(status, path).toBeLessThan(504);
    expect(status, path).not.toBe(500);
  }
  expect((await api.get('/healthz')).status).toBe(200);
});

test('only names of this machine and the public one are answered on a loopback address', async () => {
  const statusFor = async (host: string) => (await rawRequest(api.url, { path: '/healthz', headers: { host } })).status;
  for (const host of ['localhost', 'LOCALHOST:4319', '127.0.0.1:1', '[::1]:4319', 'telltale.example']) {
    expect(await statusFor(host), host).toBe(200);
  }
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:4319',
    'a:b:c',
  ]) {
    expect(await statusFor(host), host).toBe(421);
  }
});

test('no answer lets another site read it', async () => {
  const response = await fetch(`${api.url}/api/runs`, { headers: { origin: 'https://evil.example' } });
  expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('large answers are compressed for clients that take it', async () => {
  const { headers } = await api.get('/api/openapi.json');
  expect(headers.get('content-encoding')).toBeTruthy();
});

test('failures of storage are distinguished, logged once with their cause, and never shown', async () => {
  const cases = [
    [new StorageError('Code: 159 secret detail', { retryable: true, engineCode: 159 }), 503, 'storage_busy'],
    [new StorageError('connect ECONNREFUSED secret detail', { retryable: true }), 503, 'storage_failed'],
    [new StorageError('Code: 47 secret detail', { retryable: false, engineCode: 47 }), 500, 'internal'],
    [new TypeError('secret detail'), 500, 'internal'],
  ] as const;
  for (const [error, status, expected] of cases) {
    failWith = error;
    api.logged.length = 0;
    const answer = await api.get('/api/incidents');
    expect(answer.status).toBe(status);
    expect(code(answer.body)).toBe(expected);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '2' : null);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(api.logged).toMatchObject([
      { details: { code: expected, path: '/api/incidents', err: { message: error.message } } },
    ]);
  }
  failWith = null;
});

test('a store that does not answer makes it alive but not ready', async () => {
  failWith = new Error('down');
  expect((await api.get('/readyz')).status).toBe(503);
  expect((await api.get('/healthz')).status).toBe(200);
  failWith = null;
});
