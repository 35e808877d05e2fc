// retry() and timeout() against a real server that answers 429, 503, hangs and breaks connections.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MisbehavingServer, openMisbehaving } from '../../examples/misbehaving-server.ts';
import { fakeRuntime } from '../../test-support/fake-runtime.ts';
import { type OtlpSink, openSink, type SinkSpan } from '../../test-support/otlp-sink.ts';
import { failureOf, flush, HttpError, isTransient, retry, shutdown, start, TimeoutError, timeout } from '../index.ts';

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

const get = async (signal?: AbortSignal): Promise<unknown> => {
  const response = await fetch(server.url, { signal: signal ?? null });
  if (!response.ok) throw await HttpError.from(response);
  return response.json();
};
async function spansOf(name: string): Promise<{ operation: SinkSpan; attempts: SinkSpan[] }> {
  await flush();
  const spans = sink.spans().filter((span) => span.name === name);
  const operation = spans.find((span) => !('telltale.retry.attempt' in span.attributes)) as SinkSpan;
  const attempts = spans.filter((span) => span !== operation);
  return { operation, attempts };
}

describe('retry', () => {
  it('makes every attempt a child span, linked to the one before, with the wait that Retry-After asked for', async () => {
    server.behave({ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }, { status: 200, json: { ok: 1 } });
    const runtime = fakeRuntime();
    const result = await retry('orders.get', { runtime, input: { order: 1 } }, ({ signal }) => get(signal));
    expect(result).toEqual({ ok: 1 });
    expect(runtime.waits).toEqual([7000, 200]);
    const { operation, attempts } = await spansOf('orders.get');
    expect(operation.status?.code ?? 0).toBe(0);
    expect(attempts.map((span) => span.parentSpanId)).toEqual(Array(3).fill(operation.spanId));
    expect(attempts.map((span) => span.attributes['telltale.retry.attempt'])).toEqual([0, 1, 2]);
    expect(attempts.map((span) => span.attributes['telltale.retry.max_attempts'])).toEqual([3, 3, 3]);
    expect(attempts.map((span) => span.attributes['telltale.retry.delay'])).toEqual([undefined, 7, 0.2]);
    expect(attempts.map((span) => span.attributes['error.type'])).toEqual(['HTTP 429', 'HTTP 503', undefined]);
    expect(attempts.map((span) => span.links?.map((link) => link.spanId) ?? [])).toEqual([
      [],
      [attempts[0]?.spanId],
      [attempts[1]?.spanId],
    ]);
    expect(attempts[1]?.attributes).toMatchObject({
      'telltale.failure.step': 'orders.get',
      'telltale.failure.attempt': 2,
      'telltale.failure.input_ref': `${operation.traceId}/${operation.spanId}`,
    });
  });

  it('rejects with exactly the last error, which carries its payload; the operation says how often', async () => {
    server.behave({ status: 500, json: 'out of order' });
    const failed = retry('orders.down', { runtime: fakeRuntime(), inputRef: 'order:7' }, ({ signal }) => get(signal));
    const error = await failed.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(HttpError);
    expect(server.requests).toHaveLength(3);
    const { operation, attempts } = await spansOf('orders.down');
    expect(failureOf(error)).toMatchObject({
      step: 'orders.down',
      errorType: 'HTTP 500',
      status: 500,
      attempt: 3,
      maxAttempts: 3,
      isTransient: true,
      inputRef: 'order:7',
      spanId: attempts[2]?.spanId,
      traceId: operation.traceId,
    });
    expect(operation.attributes).toMatchObject({
      'error.type': 'RetriesExhausted',
      'telltale.retry.stop_reason': 'max_attempts',
      'telltale.failure.attempt': 3,
    });
    expect(operation.status?.message).toMatch(/^orders.down failed 3 times; last: answered 500/);
  });

  it('tries a broken connection, a half answer and a hang again', async () => {
    server.behave('reset', 'half', 'hang', { status: 200, json: { ok: 2 } });
    const options = { runtime: fakeRuntime(), maxAttempts: 4, timeoutMs: 2_000 };
    expect(await retry('orders.broken', options, ({ signal }) => get(signal))).toEqual({ ok: 2 });
    const { attempts } = await spansOf('orders.broken');
    expect(attempts.map((span) => span.attributes['error.type'])).toEqual([
      'TypeError',
      'TypeError',
      'TimeoutError',
      undefined,
    ]);
    expect(attempts[2]?.status?.message).toBe('orders.broken did not end within 2000 ms');
  });

  it('does not repeat what will not pass: a 400 is called once and is its own error', async () => {
    server.behave({ status: 400 });
    await expect(retry('orders.bad', {}, ({ signal }) => get(signal))).rejects.toMatchObject({ status: 400 });
    expect(server.requests).toHaveLength(1);
    const { operation } = await spansOf('orders.bad');
    expect(operation.attributes).toMatchObject({
      'error.type': 'HTTP 400',
      'telltale.retry.stop_reason': 'not_transient',
    });
  });

  it('gives up at once when the server asks for a longer wait than allowed', async () => {
    server.behave({ status: 503, headers: { 'retry-after': '3600' } });
    await expect(retry('orders.later', {}, ({ signal }) => get(signal))).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(1);
    const { operation } = await spansOf('orders.later');
    expect(operation.attributes['telltale.retry.stop_reason']).toBe('retry_after_too_long');
  });

  it('treats a Response with a transient status as a failure, and returns the last one as it is', async () => {
    server.behave({ status: 502 });
    const response = await retry('orders.raw', { runtime: fakeRuntime(), maxAttempts: 2 }, () => fetch(server.url));
    expect(response.status).toBe(502);
    const { operation, attempts } = await spansOf('orders.raw');
    expect(attempts.map((span) => span.attributes['error.type'])).toEqual(['HTTP 502', 'HTTP 502']);
    expect(operation.status?.message).toBe('orders.raw failed 2 times; last: answered 502');
  });

  it('stops when the caller does, also in the wait between attempts', async () => {
    server.behave({ status: 503 });
    const stop = new AbortController();
    const sleep = async (_ms: number, signal?: AbortSignal): Promise<void> => {
      stop.abort(new Error('customer left'));
      signal?.throwIfAborted();
    };
    const failed = retry('orders.left', { signal: stop.signal, runtime: { sleep } }, ({ signal }) => get(signal));
    await expect(failed).rejects.toThrow('customer left');
    expect(server.requests).toHaveLength(1);
    const { operation } = await spansOf('orders.left');
    expect(operation.status?.message).toBe('customer left');
  });

  it('does not take a caller’s own time limit for one more thing to try again', async () => {
    server.behave('hang');
    const runtime = fakeRuntime();
    const options = { signal: AbortSignal.timeout(40), runtime };
    await expect(retry('orders.limited', options, ({ signal }) => get(signal))).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(runtime.waits).toEqual([]);
    const { operation } = await spansOf('orders.limited');
    expect(operation.attributes['telltale.retry.stop_reason']).toBe('aborted');
  });

  it('ends all attempts together after totalTimeoutMs, and stops what runs', async () => {
    server.behave('hang');
    let signal: AbortSignal | undefined;
    const failed = retry('orders.total', { totalTimeoutMs: 50 }, (attempt) => {
      signal = attempt.signal;
      return get(attempt.signal);
    });
    await expect(failed).rejects.toBeInstanceOf(TimeoutError);
    expect(signal?.aborted).toBe(true);
    const { operation } = await spansOf('orders.total');
    expect(operation.attributes).toMatchObject({ 'error.type': 'TimeoutError', 'telltale.failure.attempt': 1 });
  });

  it('asks the rule it was given, and takes a rule that throws for a no', async () => {
    let calls = 0;
    const fail = (): never => {
      calls += 1;
      throw new Error('odd');
    };
    await expect(retry('own rule', { runtime: fakeRuntime(), isTransient: () => true }, fail)).rejects.toThrow('odd');
    expect(calls).toBe(3);
    const broken = (): boolean => {
      throw new Error('broken rule');
    };
    await expect(retry('broken rule', { isTransient: broken }, fail)).rejects.toThrow('odd');
    expect(calls).toBe(4);
  });

  it('runs and retries without start() just the same', async () => {
    await shutdown();
    server.behave({ status: 503 }, { status: 200, json: { ok: 3 } });
    expect(await retry('off', { runtime: fakeRuntime() }, ({ signal }) => get(signal))).toEqual({ ok: 3 });
    start({ service: 'support-api', endpoint: sink.url });
  });
});

describe('timeout', () => {
  it('ends a call that hangs, stops it through its signal, and says so in words', async () => {
    server.behave('hang');
    let signal: AbortSignal | undefined;
    const failed = timeout('risk.score', { timeoutMs: 40 }, (call) => {
      signal = call.signal;
      return get(call.signal);
    });
    const error = await failed.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(isTransient(error)).toBe(true);
    expect(signal?.aborted).toBe(true);
    await flush();
    const span = sink.span('risk.score');
    expect(span.attributes).toMatchObject({ 'error.type': 'TimeoutError', 'telltale.timeout.limit': 0.04 });
    expect(span.status?.message).toBe('risk.score did not end within 40 ms');
  });

  it('lets a body be read after it returned', async () => {
    server.behave({ status: 200, json: { late: 'body' } });
    const response = await timeout('risk.body', { timeoutMs: 5_000 }, ({ signal }) => fetch(server.url, { signal }));
    expect(await response.json()).toEqual({ late: 'body' });
  });

  it('gives the reason of a caller who stops first', async () => {
    const stop = new AbortController();
    const failed = timeout(
      'risk.stopped',
      { timeoutMs: 60_000, signal: stop.signal },
      () => new Promise(() => undefined),
    );
    stop.abort(new Error('enough'));
    await expect(failed).rejects.toThrow('enough');
  });
});
