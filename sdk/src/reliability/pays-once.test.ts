// Ways in which one key, or one call, paid twice although every part did what it says.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MisbehavingServer, openMisbehaving } from '../../examples/misbehaving-server.ts';
import { fakeRuntime } from '../../test-support/fake-runtime.ts';
import { connect, fileKeys, type IdempotencyStore, idempotent, memoryKeys, OutcomeUnknownError } from '../index.ts';

let folder: string;
let server: MisbehavingServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-once-'));
  server = await openMisbehaving();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Each with a second store over the same keys, as another process has one. */
const stores: [string, () => [IdempotencyStore, IdempotencyStore]][] = [
  [
    'in memory',
    () => {
      const store = memoryKeys();
      return [store, store];
    },
  ],
  [
    'in files',
    () => {
      const path = join(folder, `store-${Math.random()}`);
      return [fileKeys(path), fileKeys(path)];
    },
  ],
];

describe.each(stores)('a key %s', (_where, open) => {
  it('lives for ever when it is asked to', async () => {
    const [store, other] = open();
    let paid = 0;
    const forEver = { key: 'A', ttlMs: Number.POSITIVE_INFINITY, leaseMs: Number.POSITIVE_INFINITY };
    const pay = () => ++paid;
    expect(await idempotent('refund', { ...forEver, store }, pay)).toBe(1);
    expect(await idempotent('refund', { ...forEver, store: other }, pay)).toBe(1);
    expect(paid).toBe(1);
  });

  it('of which two decide is decided once: the second finds what the first has done', async () => {
    const [store, other] = open();
    let paid = 0;
    const pay = (keys: IdempotencyStore, fn: () => unknown) =>
      idempotent('refund', { key: 'B', store: keys, retryFailed: false }, fn);
    const failing = () => {
      throw Object.assign(new Error('x'), { status: 503 });
    };
    await expect(pay(store, failing)).rejects.toThrow('x');
    const undecided = (keys: IdempotencyStore) =>
      pay(keys, () => ++paid).then(
        () => expect.unreachable(),
        (error: unknown) => error as OutcomeUnknownError,
      );
    const [first, second] = [await undecided(store), await undecided(other)];
    expect(first).toBeInstanceOf(OutcomeUnknownError);
    await first.didNotHappen();
    expect(await pay(store, () => ++paid)).toBe(1);
    await second.didNotHappen();
    expect(await pay(other, () => ++paid)).toBe(1);
    expect(paid).toBe(1);
  });

  it('that many ask for after a failure is in flight for all but one', async () => {
    const both = open();
    const [store] = both;
    const failing = () => {
      throw new Error('refused');
    };
    await expect(idempotent('refund', { key: 'C', store }, failing)).rejects.toThrow('refused');
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        (both[i % 2] as IdempotencyStore).claim('refund\nC', {
          nowMs: Date.now(),
          ttlMs: 60_000,
          leaseMs: 60_000,
          retryFailed: true,
        }),
      ),
    );
    expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(1);
    expect(claims.filter(({ state }) => state === 'in_flight')).toHaveLength(11);
  });
});

describe('a call without a key', () => {
  const bank = (more = {}) =>
    connect('bank', { baseUrl: server.url, circuit: false, runtime: fakeRuntime(), ...more }).call(
      'transfer',
      {},
      async ({ json }) => {
        await json('/debit', { method: 'POST' });
        return json('/credit', { method: 'POST' });
      },
    );
  const debits = (): number => server.requests.filter(({ path }) => path === '/debit').length;

  it.each([
    ['is asked to wait', { status: 429, headers: { 'retry-after': '1' } }],
    ['is refused for its token', { status: 401 }],
  ])('of two POSTs is not repeated when the second %s', async (_what, refusal) => {
    const before = debits();
    server.answer(({ path }) => (path === '/debit' ? { status: 200, json: {} } : refusal));
    let made = 0;
    const auth = { refresh: () => `t${++made}` };
    await expect(bank({ auth })).rejects.toMatchObject({ status: refusal.status });
    expect(debits() - before).toBe(1);
  });

  it('has no key either when its client never saw it', async () => {
    let paid = 0;
    const own = connect('own', { circuit: false, runtime: fakeRuntime() });
    const idempotency = { key: 'k', store: memoryKeys() };
    await expect(
      own.call('charge', { idempotency }, () => {
        paid += 1;
        return Promise.reject(Object.assign(new Error('x'), { code: 'ETIMEDOUT' }));
      }),
    ).rejects.toThrow();
    expect(paid).toBe(1);
  });
});
