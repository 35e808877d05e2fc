// An action that may have happened is not done again under its key, until someone decides; one that surely did not is.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MisbehavingServer, openMisbehaving } from '../../examples/misbehaving-server.ts';
import { fakeRuntime } from '../../test-support/fake-runtime.ts';
import {
  connect,
  fileKeys,
  HttpError,
  type IdempotencyStore,
  idempotent,
  isOutcomeUnknown,
  memoryKeys,
  OutcomeUnknownError,
  retry,
  timeout,
} from '../index.ts';

let folder: string;
let server: MisbehavingServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-unknown-'));
  server = await openMisbehaving();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const failing = (fields: object, message = 'x'): Error => Object.assign(new Error(message), fields);
const caused = (code: string, fields = {}): Error =>
  new TypeError('fetch failed', { cause: failing({ code, ...fields }) });
const abort = new DOMException('This operation was aborted', 'AbortError');

describe('by default', () => {
  it.each<[string, unknown]>([
    ['a time limit', new DOMException('timed out', 'TimeoutError')],
    ['an abort', abort],
    ['an abort of OpenAI', failing({}, 'Request was aborted.')],
    ['a reset', caused('ECONNRESET')],
    ['a broken pipe', failing({ code: 'EPIPE' })],
    ['a socket that was closed', caused('UND_ERR_SOCKET')],
    ['no headers in time', caused('UND_ERR_HEADERS_TIMEOUT')],
    ['a read that timed out', failing({ code: 'ETIMEDOUT', syscall: 'read' })],
    ...[408, 409, 499, 500, 502, 503, 504, 529].map((status): [string, unknown] => [`HTTP ${status}`, { status }]),
    ['AWS 500', failing({ $metadata: { httpStatusCode: 500 } })],
    ['an answer that could not be read', failing({ statusCode: 200 })],
    ['an answer that is no JSON', new SyntaxError('Unexpected end of JSON input')],
    ...[1, 2, 4, 10, 13, 14, 15].map((code): [string, unknown] => [`gRPC ${code}`, failing({ code })]),
    ['MCP -32001', failing({ code: -32001 }, 'MCP error -32001: Request timed out')],
    ['a timeout of OpenAI', failing({}, 'Request timed out.')],
    ...[
      { code: 'ERR_HTTP2_STREAM_ERROR' },
      { code: 'HPE_INVALID_CONSTANT' },
      { code: 'Z_DATA_ERROR' },
      { code: 'PROTOCOL_CONNECTION_LOST' },
      { code: '08006' },
      { code: '08007' },
      { code: 'P1017' },
      { code: 'ERR_BAD_RESPONSE' },
      { name: 'MongoNetworkTimeoutError' },
      { type: 'request-timeout' },
    ].map((fields): [string, unknown] => [JSON.stringify(fields), failing(fields)]),
    ...['Connection terminated unexpectedly', 'Query read timeout', 'terminated', 'socket hang up'].map(
      (message): [string, unknown] => [message, new Error(message)],
    ),
    ['one of several parts', new AggregateError([failing({ code: 'ECONNREFUSED' }), failing({ code: 'ECONNRESET' })])],
    ['a Response of 503', new Response(null, { status: 503 })],
    ['a key inside whose outcome is unknown', new OutcomeUnknownError('x')],
  ])('%s leaves it open', (_what, failure) => {
    expect(isOutcomeUnknown(failure)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a refused connection', caused('ECONNREFUSED')],
    ['a connection of OpenAI that was refused', failing({ cause: caused('ECONNREFUSED') }, 'Connection error.')],
    ['a name that does not resolve', caused('ENOTFOUND')],
    ['a connection that timed out', failing({ code: 'ETIMEDOUT', syscall: 'connect' })],
    [
      'both addresses refused',
      new AggregateError([failing({ code: 'ECONNREFUSED' }), failing({ code: 'ENETUNREACH' })]),
    ],
    ...[400, 401, 402, 403, 404, 422, 425, 429].map((status): [string, unknown] => [`HTTP ${status}`, { status }]),
    ['AWS throttling', failing({ name: 'ThrottlingException', $retryable: { throttling: true } })],
    ...[3, 5, 7, 8, 16].map((code): [string, unknown] => [`gRPC ${code}`, failing({ code })]),
    ['a rollback', failing({ code: '40001' })],
    ['an error of its own', new TypeError('no funds')],
    ['a text', 'no funds'],
    ['nothing', undefined],
    ['a Response of 422', new Response(null, { status: 422 })],
  ])('%s does not', (_what, failure) => {
    expect(isOutcomeUnknown(failure)).toBe(false);
  });
});

let made = 0;
const stores: [string, () => IdempotencyStore][] = [
  ['in memory', memoryKeys],
  ['in files', () => fileKeys(join(folder, `store-${++made}`))],
];

describe.each(stores)('a key %s', (_where, open) => {
  let store: IdempotencyStore;
  let paid: number;
  beforeEach(() => {
    store = open();
    paid = 0;
  });
  const pay = (fail: () => unknown, more = {}) =>
    idempotent('refund', { key: 'A', store, ...more }, async () => {
      paid += 1;
      await fail();
      return `re-${paid}`;
    });
  const throwing = (failure: unknown) => () => {
    throw failure;
  };
  const unknown = { name: 'OutcomeUnknownError' };

  it.each<[string, () => unknown]>([
    ['a time limit', () => timeout('post', { timeoutMs: 10 }, () => new Promise(() => undefined))],
    ['a 503', throwing({ status: 503 })],
    ['a reset', throwing(caused('ECONNRESET'))],
    [
      'attempts of which the last was refused',
      () => {
        const ends = [caused('ECONNRESET'), caused('ECONNREFUSED')];
        return retry('post', { maxAttempts: 2, runtime: fakeRuntime() }, inTurn(ends));
      },
    ],
  ])('is held after %s, and the failure is thrown as it is', async (_what, fail) => {
    await expect(pay(fail)).rejects.not.toMatchObject(unknown);
    await expect(pay(() => 1)).rejects.toMatchObject(unknown);
    await expect(pay(() => 1)).rejects.toMatchObject(unknown);
    expect(paid).toBe(1);
  });

  it('is held after the caller stopped it, whatever the reason given', async () => {
    for (const reason of [new Error('user stop'), 'stop']) {
      const controller = new AbortController();
      store = open();
      const stopped = pay(
        () => {
          controller.abort(reason);
          throw reason;
        },
        { signal: controller.signal },
      );
      await expect(stopped).rejects.toBe(reason);
      await expect(pay(() => 1)).rejects.toMatchObject(unknown);
    }
  });

  it('is held after a Response that may hide a payment, and freed after one that does not', async () => {
    const answer = (status: number) =>
      idempotent('post', { key: 'R', store }, async () => new Response(null, { status }));
    expect((await answer(422)).status).toBe(422);
    expect((await answer(503)).status).toBe(503);
    await expect(answer(200)).rejects.toMatchObject(unknown);
  });

  it('is decided by someone: it did not happen, or it did with this result', async () => {
    const held = async (): Promise<OutcomeUnknownError> => {
      const error: unknown = await pay(() => 1).catch((thrown: unknown) => thrown);
      if (!(error instanceof OutcomeUnknownError)) throw error;
      return error;
    };
    await expect(pay(throwing({ status: 504 }))).rejects.toMatchObject({ status: 504 });
    await (await held()).didNotHappen();
    await expect(pay(throwing(abort))).rejects.toBe(abort);
    await (await held()).happened({ refundId: 're-7' });
    expect(await pay(() => 1)).toEqual({ refundId: 're-7' });
    expect(paid).toBe(2);
    await store.forget('refund\nA');
    await expect(pay(throwing({ status: 500 }))).rejects.toMatchObject({ status: 500 });
    const { storeKey } = await held();
    await store.forget(storeKey ?? '');
    expect(await pay(() => 1)).toBe('re-4');
  });

  it('is not taken for an old one, however much time passes', async () => {
    const runtime = fakeRuntime();
    await expect(pay(throwing({ status: 500 }), { runtime, ttlMs: 1000 })).rejects.toMatchObject({ status: 500 });
    runtime.advance(1e9);
    await expect(pay(() => 1, { runtime, ttlMs: 1000 })).rejects.toMatchObject(unknown);
  });

  it('is freed or held as the rule of the caller says; one that throws holds it', async () => {
    const safe = { isOutcomeUnknown: (failure: unknown) => !(failure instanceof HttpError && failure.status === 503) };
    await expect(pay(throwing(new HttpError(503)), safe)).rejects.toMatchObject({ status: 503 });
    await expect(pay(throwing(new TypeError('odd')), { isOutcomeUnknown: throwing('x') })).rejects.toThrow('odd');
    await expect(pay(() => 1)).rejects.toMatchObject(unknown);
    expect(paid).toBe(2);
  });

  it('is renewed while the action takes longer than its lease', async () => {
    let hasBegun = false;
    let end = (): void => undefined;
    const running = idempotent(
      'long',
      { key: 'L', store, leaseMs: 60 },
      () =>
        new Promise<string>((resolve) => {
          hasBegun = true;
          end = () => resolve('done');
        }),
    );
    const leaseUntil = async (): Promise<number> => {
      const claim = await store.claim('long\nL', { nowMs: 0, ttlMs: 1e6, leaseMs: 60, retryFailed: true });
      return claim.state === 'in_flight' ? claim.leaseUntilMs : 0;
    };
    // Not before it has begun: asking would claim the key.
    await vi.waitFor(() => expect(hasBegun).toBe(true));
    const first = await leaseUntil();
    await vi.waitFor(async () => expect(await leaseUntil()).toBeGreaterThan(first + 120), { timeout: 20_000 });
    end();
    expect(await running).toBe('done');
    expect(await idempotent('long', { key: 'L', store }, () => 'again')).toBe('done');
  });
});

function inTurn(failures: readonly unknown[]): () => never {
  let next = 0;
  return () => {
    throw failures[next++];
  };
}

describe('a connected service', () => {
  const post = { method: 'POST' };
  const call = (init: RequestInit, more = {}, options = {}) =>
    connect('bank', {
      baseUrl: server.url,
      circuit: false,
      runtime: fakeRuntime(),
      retry: { timeoutMs: 2_000 },
      ...more,
    }).call('refund', options, ({ json }) => json('/refunds', init));
  const asked = async (work: Promise<unknown>): Promise<number> => {
    const before = server.requests.length;
    await work.catch(() => undefined);
    return server.requests.length - before;
  };

  it.each<[string, () => Promise<unknown>, number, object]>([
    ['a POST that fails', () => call(post), 1, { status: 503 }],
    ['a POST that is asked to wait', () => call(post), 3, { status: 429, headers: { 'retry-after': '1' } }],
    ['a POST that is refused for now', () => call(post), 1, { status: 429 }],
    ['a GET', () => call({}), 3, { status: 503 }],
    ['a PUT', () => call({ method: 'put' }), 3, { status: 502 }],
    ['a DELETE', () => call({ method: 'DELETE' }), 3, { status: 500 }],
    ['a PATCH', () => call({ method: 'PATCH' }), 1, { status: 500 }],
    [
      'a POST with a key',
      () => call(post, {}, { idempotency: { key: 'k1', store: memoryKeys() } }),
      3,
      { status: 503 },
    ],
    ['a POST of a service that may be asked twice', () => call(post, { isRepeatable: true }), 3, { status: 503 }],
    ['a GET that may not', () => call({}, {}, { isRepeatable: false }), 1, { status: 503 }],
  ])('asks as often as does no harm: %s', async (_what, run, times, answer) => {
    server.behave({ json: {}, ...(answer as { status: number }) });
    expect(await asked(run())).toBe(times);
  });

  it('does not repeat a POST that took too long, or that another client made', async () => {
    let times = 0;
    const own = connect('own', { circuit: false, retry: { timeoutMs: 30, initialDelayMs: 1 } });
    await expect(
      own.call('pay', {}, () => {
        times += 1;
        return new Promise(() => undefined);
      }),
    ).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(times).toBe(1);
  });

  it('repeats what found nobody there', async () => {
    let times = 0;
    // A port that the system gives to nobody, and that fetch does not refuse itself.
    const gone = connect('gone', { baseUrl: 'http://127.0.0.1:4', circuit: false, runtime: fakeRuntime() });
    const called = gone.call('pay', {}, ({ json }) => {
      times += 1;
      return json('/', post);
    });
    await expect(called).rejects.toThrow('fetch failed');
    expect(times).toBe(3);
  });
});
