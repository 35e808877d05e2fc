// connect() at its limits, against a real service: pacing, an open circuit, degraded mode, preflight.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type MisbehavingServer, openMisbehaving } from '../../examples/misbehaving-server.ts';
import { fakeRuntime } from '../../test-support/fake-runtime.ts';
import { type OtlpSink, openSink, type SinkSpan } from '../../test-support/otlp-sink.ts';
import {
  agent,
  CircuitOpenError,
  connect,
  flush,
  HttpError,
  preflight,
  shutdown,
  start,
  TimeoutError,
} from '../index.ts';

let sink: OtlpSink;
let server: MisbehavingServer;
beforeAll(async () => {
  sink = await openSink();
  start({ service: 'support-api', endpoint: sink.url });
});
afterAll(async () => {
  await shutdown();
  await sink.close();
});
beforeEach(async () => {
  server = await openMisbehaving();
});
afterEach(() => server.close());

const _ORDER = z.object({ total: z.number(), status: z.enum(['open', 'paid']) });
const spansOf = async (name: string): Promise<SinkSpan[]> => {
  await flush();
  return sink.spans().filter((span) => span.name === name);
};
const whole = async (name: string): Promise<SinkSpan> => {
  const spans = await spansOf(name);
  const found = spans.find((span) => !('telltale.retry.attempt' in span.attributes));
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe('pacing', () => {
  it('holds every call of the service for as long as Retry-After asks', async () => {
    server.behave({ status: 429, headers: { 'retry-after': '5' } }, { status: 200, json: {} });
    const runtime = fakeRuntime();
    const crm = connect('paced', { baseUrl: server.url, runtime });
    const startedAt = runtime.nowMs();
    await crm.call('first', {}, ({ json }) => json('/'));
    expect(runtime.nowMs() - startedAt).toBe(5000);
    server.behave({ status: 429, headers: { 'retry-after': '3' } });
    await expect(crm.call('limited', { retry: { maxAttempts: 1 } }, ({ json }) => json('/'))).rejects.toThrow('429');
    server.behave({ status: 200, json: {} });
    await crm.call('second', { retry: { maxAttempts: 1 } }, ({ json }) => json('/'));
    expect((await whole('paced.second')).attributes['telltale.rate_limit.waited']).toBe(3);
  });

  it('makes calls wait their turn, and each keeps its own parent', async () => {
    server.behave({ status: 200, json: {} });
    const rateLimit = { requests: 2, perMs: 50, concurrency: 1 };
    const crm = connect('limited', { baseUrl: server.url, rateLimit, retry: { maxAttempts: 1 } });
    const callers = [0, 1, 2, 3, 4];
    await Promise.all(callers.map((n) => agent(`caller ${n}`, () => crm.call(`n${n}`, {}, ({ json }) => json('/')))));
    await flush();
    for (const n of callers) expect(sink.span(`limited.n${n}`).parentSpanId).toBe(sink.span(`caller ${n}`).spanId);
    expect(Number(sink.span('limited.n4').attributes['telltale.rate_limit.waited'])).toBeGreaterThan(0);
  });

  it('lets a caller leave the queue, and frees its place', async () => {
    server.behave('hang', { status: 200, json: {} });
    const crm = connect('queue', {
      baseUrl: server.url,
      rateLimit: { requests: 100, perMs: 1000, concurrency: 1 },
      retry: { maxAttempts: 1, timeoutMs: 300 },
    });
    const first = crm.call('hangs', {}, ({ json }) => json('/'));
    const stop = new AbortController();
    const second = crm.call('leaves', { signal: stop.signal }, ({ json }) => json('/'));
    stop.abort(new Error('customer left'));
    await expect(second).rejects.toThrow('customer left');
    await expect(first).rejects.toBeInstanceOf(TimeoutError);
    const patient = { retry: { timeoutMs: 10_000 } };
    expect((await crm.call('third', patient, ({ json }) => json('/'))).value).toEqual({});
    expect(server.requests).toHaveLength(2);
  });
});

describe('a circuit', () => {
  it('opens for all calls of the service, which are then refused at once', async () => {
    server.behave({ status: 503 });
    const crm = connect('circuit', { baseUrl: server.url, retry: { maxAttempts: 1 }, circuit: { failures: 2 } });
    const get = (name: string) => crm.call(name, {}, ({ json }) => json('/'));
    await expect(get('a')).rejects.toBeInstanceOf(HttpError);
    await expect(get('b')).rejects.toBeInstanceOf(HttpError);
    await expect(get('c')).rejects.toBeInstanceOf(CircuitOpenError);
    expect(server.requests).toHaveLength(2);
    expect((await whole('circuit.c')).attributes['error.type']).toBe('circuit_open');
  });
});

describe('a service that is not critical', () => {
  it('degrades instead of failing: with a fallback, the last good answer, or nothing', async () => {
    const risk = connect('risk', { baseUrl: server.url, critical: false, runtime: fakeRuntime(), circuit: false });
    const score = (more: object) =>
      risk.call<unknown>('score', { input: { order: 1 }, ...more }, ({ json }) => json('/'));
    server.behave({ status: 200, json: { band: 'low' } });
    await score({ keepLastGood: true });
    server.behave({ status: 503 });
    expect(await score({ keepLastGood: true, fallback: 1 })).toMatchObject({
      degraded: true,
      mode: 'cached',
      value: { band: 'low' },
    });
    const failure = { step: 'risk.score', errorType: 'HTTP 503', attempt: 3 };
    expect(await score({ fallback: { band: 'medium' } })).toMatchObject({
      degraded: true,
      mode: 'fallback',
      value: { band: 'medium' },
      failure,
    });
    expect(await score({ input: { order: 2 }, keepLastGood: true })).toMatchObject({
      degraded: true,
      mode: 'skipped',
      value: undefined,
    });
    await flush();
    const marks = sink
      .spans()
      .filter((span) => 'telltale.degradation.mode' in span.attributes && span.name === 'risk.score');
    expect(marks.map((span) => span.attributes['telltale.degradation.mode'])).toEqual([
      'cached',
      'fallback',
      'skipped',
    ]);
    for (const span of marks) {
      expect(span.attributes['telltale.degradation.dependencies']).toEqual(['risk']);
      expect(span.status?.code ?? 0).toBe(0);
    }
  });

  it('does not take the caller’s own stop for a failure', async () => {
    server.behave('hang');
    const risk = connect('stopped', { baseUrl: server.url, critical: false });
    const stop = new AbortController();
    const call = risk.call('score', { signal: stop.signal }, ({ json }) => json('/'));
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });
});

describe('preflight', () => {
  it('asks all at once, says what is well, and refuses to begin without what is critical', async () => {
    const dead = await openMisbehaving('reset');
    server.answer(({ headers }) => ({ status: headers.authorization === 'Bearer t' ? 200 : 401, json: {} }));
    const auth = { refresh: () => 't' };
    const orders = connect('pf-orders', {
      version: '3',
      baseUrl: server.url,
      auth,
      health: ({ fetch }) => fetch('/health'),
    });
    const risk = connect('pf-risk', { baseUrl: dead.url, critical: false, health: ({ fetch }) => fetch('/health') });
    const silent = connect('pf-silent');
    const report = await preflight([orders, risk, silent]);
    expect(report).toMatchObject({ ok: true, degraded: ['pf-risk'] });
    expect(report.checks.map(({ name, status }) => [name, status])).toEqual([
      ['pf-orders', 'ok'],
      ['pf-risk', 'failed'],
      ['pf-silent', 'unknown'],
    ]);
    const check = { name: 'disk', check: () => false };
    await expect(preflight([orders, check])).rejects.toMatchObject({
      name: 'PreflightError',
      message: 'not ready: disk (disk says that it is not well)',
    });
    const reported = await preflight([check], { onFailure: 'report' });
    expect(reported.ok).toBe(false);
    const [first, second, third] = await spansOf('preflight');
    expect(first?.attributes).toMatchObject({
      'telltale.preflight.failed': ['pf-risk'],
      'telltale.degradation.dependencies': ['pf-risk'],
      'telltale.degradation.mode': 'partial',
    });
    expect(second?.attributes['error.type']).toBe('PreflightError');
    expect(third?.status?.code).toBe(2);
    expect((await spansOf('health pf-orders'))[0]?.attributes['telltale.dependency.version']).toBe('3');
    await dead.close();
  });

  it('does not wait for a check that hangs', async () => {
    server.behave('hang');
    const hanging = connect('pf-hanging', { baseUrl: server.url, health: ({ fetch }) => fetch('/health') });
    const report = await preflight([hanging], { timeoutMs: 40, onFailure: 'report' });
    expect(report.checks[0]).toMatchObject({ status: 'failed', error: 'health pf-hanging did not end within 40 ms' });
  });
});
