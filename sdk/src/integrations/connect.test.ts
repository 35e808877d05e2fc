// connect() against a real service that misbehaves: tokens that end, changed answers, limits, hangs, breaks.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type MisbehavingServer, openMisbehaving } from '../../examples/misbehaving-server.ts';
import { fakeRuntime } from '../../test-support/fake-runtime.ts';
import { type OtlpSink, openSink, type SinkSpan } from '../../test-support/otlp-sink.ts';
import {
  connect,
  type DeadLetter,
  deadLetters,
  flush,
  HttpError,
  memoryKeys,
  SchemaDriftError,
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

const ORDER = z.object({ total: z.number(), status: z.enum(['open', 'paid']) });
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

describe('a call', () => {
  it('pins and records the version, checks the answer, and gives it typed', async () => {
    server.behave({ status: 200, json: { total: 12.5, status: 'paid' }, headers: { 'x-version': '2026-10-01' } });
    const orders = connect('orders', {
      version: '2026-10-01',
      versionHeader: 'x-version',
      baseUrl: server.url,
      schema: ORDER,
    });
    const result = await orders.call('get', { input: { order: 1 } }, ({ json }) => json('/orders/1'));
    const total: number | undefined = result.value?.total;
    expect(result).toEqual({ degraded: false, value: { total: 12.5, status: 'paid' }, drift: [] });
    expect(total).toBe(12.5);
    expect(server.requests[0]).toMatchObject({ path: '/orders/1', headers: { 'x-version': '2026-10-01' } });
    const span = await whole('orders.get');
    expect(span.attributes).toMatchObject({
      'telltale.step.kind': 'tool',
      'gen_ai.tool.name': 'orders.get',
      'telltale.dependency.name': 'orders',
      'telltale.dependency.version': '2026-10-01',
      'gen_ai.tool.call.result': '{"total":12.5,"status":"paid"}',
    });
    const [attempt] = (await spansOf('orders.get')).filter((each) => each !== span);
    expect(server.requests[0]?.headers.traceparent).toBe(`00-${span.traceId}-${attempt?.spanId}-01`);
  });

  it('says when the service answers in another version than the pinned one', async () => {
    server.behave({ status: 200, json: {}, headers: { 'x-version': '2027-01-01' } });
    const orders = connect('versions', { version: '2026-10-01', versionHeader: 'x-version', baseUrl: server.url });
    await orders.call('get', { retry: { maxAttempts: 1 } }, ({ json }) => json('/'));
    const span = await whole('versions.get');
    expect(span.attributes['telltale.dependency.version_seen']).toBe('2027-01-01');
    expect(span.events[0]?.attributes['telltale.warning.code']).toBe('version_changed');
  });

  it('tries again, and rejects with the last error and a span that names it', async () => {
    server.behave('reset', { status: 500 }, { status: 503, json: { error: 'maintenance' } });
    const orders = connect('failing', { baseUrl: server.url, runtime: fakeRuntime() });
    await expect(orders.call('get', {}, ({ json }) => json('/'))).rejects.toMatchObject({ status: 503 });
    const span = await whole('failing.get');
    expect(span.status?.message).toBe(
      'failing.get failed 3 times; last: failing answered 503: {"error":"maintenance"}',
    );
  });

  it('ends a hang after the limit of an attempt', async () => {
    server.behave('hang');
    const orders = connect('hanging', { baseUrl: server.url, retry: { maxAttempts: 1, timeoutMs: 40 } });
    await expect(orders.call('get', {}, ({ json }) => json('/'))).rejects.toBeInstanceOf(TimeoutError);
    expect((await whole('hanging.get')).attributes).toMatchObject({
      'error.type': 'TimeoutError',
      'telltale.timeout.limit': 0.04,
      'telltale.failure.step': 'hanging.get',
    });
  });

  it('sends token, version and key to its own origin only', async () => {
    const other = await openMisbehaving({ status: 200, json: {} });
    const orders = connect('origins', {
      version: '1',
      versionHeader: 'x-version',
      baseUrl: server.url,
      auth: { refresh: () => 'secret-token' },
    });
    await orders.call('get', { idempotency: { key: 'k-1', store: memoryKeys() } }, async ({ fetch }) => {
      await fetch('/own');
      await fetch(`${other.url}/strange`);
    });
    const own = server.requests[0]?.headers;
    const strange = other.requests[0]?.headers;
    expect(own).toMatchObject({ authorization: 'Bearer secret-token', 'x-version': '1', 'idempotency-key': 'k-1' });
    for (const name of ['authorization', 'x-version', 'idempotency-key']) expect(strange).not.toHaveProperty(name);
    await flush();
    expect(JSON.stringify(sink.spans())).not.toContain('secret-token');
    await other.close();
  });

  it('happens once per key, with its retries inside', async () => {
    server.behave({ status: 503 }, { status: 200, json: { refundId: 're-1' } });
    const payments = connect('keyed', { baseUrl: server.url, runtime: fakeRuntime() });
    const idempotency = { key: 'refund:1', store: memoryKeys() };
    const pay = () => payments.call('refund', { idempotency }, ({ json }) => json('/refunds', { method: 'POST' }));
    expect((await pay()).value).toEqual({ refundId: 're-1' });
    expect((await pay()).value).toEqual({ refundId: 're-1' });
    expect(server.requests).toHaveLength(2);
  });

  it('that failed for good becomes a dead letter with the last error', async () => {
    server.behave({ status: 503 });
    const kept: DeadLetter[] = [];
    const put = async (letter: DeadLetter): Promise<void> => {
      kept.push(letter);
    };
    const letters = deadLetters('payments', { sink: { put, drain: async () => undefined } });
    const payments = connect('lettered', { baseUrl: server.url, runtime: fakeRuntime(), deadLetters: letters });
    const idempotency = { key: 'refund:2', store: memoryKeys() };
    const failed = payments.call('refund', { input: { order: 2 }, idempotency }, ({ json }) => json('/'));
    await expect(failed).rejects.toBeInstanceOf(HttpError);
    const span = await whole('lettered.refund');
    expect(kept).toMatchObject([
      {
        step: 'lettered.refund',
        reason: 'max_attempts',
        input: { order: 2 },
        inputRef: `${span.traceId}/${span.spanId}`,
        idempotencyKey: 'refund:2',
        error: { errorType: 'HTTP 503', attempt: 3 },
      },
    ]);
    expect((await spansOf('dead letter lettered.refund'))[0]?.parentSpanId).toBe(span.spanId);
  });
});

describe('a changed schema', () => {
  const changed = { status: 'refunded', total: '12.50', extra: { a: 1 } };

  it('is reported field by field, and the call goes on with the answer as it came', async () => {
    server.behave({ status: 200, json: changed });
    const orders = connect('drifting', { version: 'v3', baseUrl: server.url, schema: ORDER });
    const result = await orders.call('get', {}, ({ json }) => json('/'));
    expect(result).toMatchObject({ degraded: false, value: changed });
    expect(result.drift).toEqual([
      { kind: 'type_changed', path: 'total', got: 'string' },
      { kind: 'enum_changed', path: 'status', got: 'string' },
      { kind: 'unexpected_field', path: 'extra', got: 'object' },
    ]);
    const span = await whole('drifting.get');
    const facts = {
      'telltale.schema_drift.kinds': ['type_changed', 'enum_changed', 'unexpected_field'],
      'telltale.schema_drift.paths': ['total', 'status', 'extra'],
      'telltale.schema_drift.schema_id': 'drifting.get@v3',
    };
    expect(span.attributes).toMatchObject(facts);
    expect(span.status?.code ?? 0).toBe(0);
    expect(span.events).toMatchObject([
      {
        name: 'telltale.schema_drift',
        attributes: { ...facts, 'telltale.schema_drift.got': ['string', 'string', 'object'] },
      },
    ]);
  });

  it('fails the call when asked to, but not for a field more', async () => {
    const orders = connect('strict', { baseUrl: server.url, schema: ORDER, onDrift: 'fail' });
    server.behave({ status: 200, json: { total: 1, status: 'open', more: true } });
    expect((await orders.call('more', {}, ({ json }) => json('/'))).drift).toHaveLength(1);
    server.behave({ status: 200, json: { status: 'open' } });
    const failed = orders.call('less', {}, ({ json }) => json('/'));
    await expect(failed).rejects.toBeInstanceOf(SchemaDriftError);
    await expect(failed).rejects.toThrow('the answer of strict.less does not fit its schema: total missing_field');
    expect(server.requests).toHaveLength(2);
  });
});

describe('a token', () => {
  const serveTokens = (good: () => string): void =>
    server.answer(({ path, headers }) => {
      if (path === '/token') return { status: 200, json: { token: good() } };
      return headers.authorization === `Bearer ${good()}` ? { status: 200, json: { ok: true } } : { status: 401 };
    });
  const refresh = async (): Promise<string> => {
    const response = await fetch(`${server.url}/token`, { method: 'POST' });
    return ((await response.json()) as { token: string }).token;
  };
  const asked = (): number => server.requests.filter(({ path }) => path === '/token').length;

  it('that expired is renewed once on a 401, by one call for all', async () => {
    let good = 'first';
    serveTokens(() => good);
    const crm = connect('crm', { baseUrl: server.url, auth: { refresh } });
    const get = () => crm.call('get', {}, ({ json }) => json('/data'));
    await get();
    good = 'second';
    const results = await Promise.all([get(), get(), get(), get(), get()]);
    expect(results.map(({ value }) => value)).toEqual(Array(5).fill({ ok: true }));
    expect(asked()).toBe(2);
    const renewals = await spansOf('refresh token crm');
    expect(renewals.map((span) => span.attributes['telltale.auth.refresh_reason'])).toEqual(['missing', 'rejected']);
    const renewed = (await spansOf('crm.get')).filter(
      (span) => span.attributes['telltale.auth.refresh_reason'] === 'rejected',
    );
    expect(renewed.length).toBeGreaterThanOrEqual(1);
    expect(renewed[0]?.events.map(({ name }) => name)).toContain('telltale.auth.token_refreshed');
  });

  it('that is refused again after its renewal fails the call, without another try', async () => {
    server.answer(({ path }) => (path === '/token' ? { status: 200, json: { token: 't' } } : { status: 401 }));
    const crm = connect('locked', { baseUrl: server.url, auth: { refresh } });
    await expect(crm.call('get', {}, ({ json }) => json('/data'))).rejects.toMatchObject({ status: 401 });
    expect(asked()).toBe(2);
    expect(server.requests).toHaveLength(4);
  });

  it('is renewed ahead of its end, and the old one serves on when that fails', async () => {
    const runtime = fakeRuntime();
    let made = 0;
    const auth = {
      refreshAheadMs: 60_000,
      refresh: () => {
        made += 1;
        if (made === 3) throw new Error('no answer');
        return { token: `t${made}`, expiresInSeconds: 300 };
      },
    };
    server.behave({ status: 200, json: {} });
    const crm = connect('ahead', { baseUrl: server.url, auth, runtime });
    const sent = async (): Promise<string | undefined> => {
      await crm.call('get', {}, ({ json }) => json('/'));
      return server.requests.at(-1)?.headers.authorization;
    };
    expect(await sent()).toBe('Bearer t1');
    runtime.advance(239_000);
    expect(await sent()).toBe('Bearer t1');
    runtime.advance(1_000);
    expect(await sent()).toBe('Bearer t2');
    runtime.advance(250_000);
    expect(await sent()).toBe('Bearer t2');
    await flush();
    const warnings = sink
      .spans()
      .flatMap((span) => span.events)
      .map((event) => event.attributes['telltale.warning.code']);
    expect(warnings).toContain('token_not_renewed');
    runtime.advance(60_000);
    expect(await sent()).toBe('Bearer t4');
  });

  it('whose renewal hangs ends after its limit, and the next call asks anew', async () => {
    let isHanging = true;
    const auth = {
      timeoutMs: 40,
      refresh: () => (isHanging ? new Promise<string>(() => undefined) : 'good'),
    };
    const crm = connect('slow-auth', { baseUrl: server.url, auth, retry: { maxAttempts: 1 } });
    const get = () => crm.call('get', {}, ({ json }) => json('/'));
    await expect(get()).rejects.toThrow('refresh token slow-auth did not end within 40 ms');
    isHanging = false;
    expect((await get()).value).toEqual({});
  });
});
