// idempotent(): once per key, whoever asks and however often, with both stores and across processes.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fakeRuntime } from '../../test-support/fake-runtime.ts';
import { type OtlpSink, openSink } from '../../test-support/otlp-sink.ts';
import { runCode } from '../../test-support/run-example.ts';
import { flush, type IdempotencyStore, idempotent, shutdown, start } from '../index.ts';
import { fileKeys } from './file-keys.ts';
import { memoryKeys } from './memory-keys.ts';

let sink: OtlpSink;
let folder: string;
beforeAll(async () => {
  sink = await openSink();
  folder = await mkdtemp(join(tmpdir(), 'telltale-keys-'));
  start({ service: 'support-api', endpoint: sink.url });
});
afterAll(async () => {
  await shutdown();
  await sink.close();
  await rm(folder, { recursive: true, force: true });
});

let made = 0;
const stores: [string, () => IdempotencyStore][] = [
  ['in memory', memoryKeys],
  ['in files', () => fileKeys(join(folder, `store-${++made}`))],
];
const statuses = async (name: string): Promise<unknown[]> => {
  await flush();
  return sink.spans().flatMap((span) => (span.name === name ? [span.attributes['telltale.idempotency.status']] : []));
};

describe.each(stores)('keys %s', (where, open) => {
  it('run an action once and give its result again', async () => {
    const store = open();
    let runs = 0;
    const pay = () => idempotent(`pay ${where}`, { key: 'refund:1', store }, () => ({ refundId: `re-${++runs}` }));
    expect([await pay(), await pay(), await pay()]).toEqual(Array(3).fill({ refundId: 're-1' }));
    expect(await statuses(`pay ${where}`)).toEqual(['executed', 'replayed', 'replayed']);
    expect(sink.spans().some((span) => 'telltale.idempotency.key' in span.attributes)).toBe(false);
  });

  it('share one run among calls at the same time', async () => {
    const store = open();
    let runs = 0;
    const pay = () =>
      idempotent(`share ${where}`, { key: 'k', store }, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return ++runs;
      });
    expect(await Promise.all([pay(), pay(), pay(), pay()])).toEqual([1, 1, 1, 1]);
    expect((await statuses(`share ${where}`)).sort()).toEqual(['executed', 'shared', 'shared', 'shared']);
  });

  it('refuse a call from within itself, which would wait for itself, and no other', async () => {
    const store = open();
    const nested = (inner: () => Promise<unknown>) => idempotent(`nest ${where}`, { key: 'k', store }, inner);
    await expect(nested(() => nested(async () => 1))).rejects.toThrow(/from within itself/);
    const other = open();
    expect(await nested(() => idempotent(`nest ${where}`, { key: 'k', store: other }, () => 2))).toBe(2);
    expect(await nested(async () => 3)).toBe(2);
  });

  it('keep keys of different steps and different keys apart', async () => {
    const store = open();
    const run = (name: string, key: string) => idempotent(name, { key, store }, () => `${name} ${key}`);
    expect(await Promise.all([run('a', '1'), run('a', '2'), run('b', '1')])).toEqual(['a 1', 'a 2', 'b 1']);
  });

  it('free the key of an action that failed, or hold it when the option says so', async () => {
    const store = open();
    let runs = 0;
    const flaky = (): string => {
      if (++runs === 1) throw new TypeError('no funds');
      return 'paid';
    };
    const hold = { key: 'k', store, retryFailed: false };
    await expect(idempotent('flaky', hold, flaky)).rejects.toThrow('no funds');
    await expect(idempotent('flaky', hold, flaky)).rejects.toMatchObject({
      name: 'FailedBeforeError',
      message: 'This action failed before under the same key (TypeError: no funds).',
    });
    expect(await idempotent('flaky', { key: 'k', store }, flaky)).toBe('paid');
    expect(runs).toBe(2);
  });

  it('forget a key after its time', async () => {
    const store = open();
    const runtime = fakeRuntime();
    let runs = 0;
    const run = () => idempotent('ttl', { key: 'k', store, ttlMs: 1000, runtime }, () => ++runs);
    expect(await run()).toBe(1);
    runtime.advance(999);
    expect(await run()).toBe(1);
    runtime.advance(2);
    expect(await run()).toBe(2);
  });

  it('wait for another process that has the key, and say so when it takes too long', async () => {
    const store = open();
    const runtime = fakeRuntime();
    const request = { nowMs: runtime.nowMs(), ttlMs: 60_000, leaseMs: 60_000, retryFailed: true };
    await store.claim('slow\nk', request);
    const late = idempotent('slow', { key: 'k', store, waitMs: 200, runtime }, () => 1);
    await expect(late).rejects.toMatchObject({ name: 'InFlightError' });
    expect(runtime.waits).toEqual([50, 50, 50, 50]);
  });

  it('never run an action again whose process is gone: it may have happened', async () => {
    const store = open();
    const runtime = fakeRuntime();
    const request = { nowMs: runtime.nowMs(), ttlMs: 1000, leaseMs: 500, retryFailed: true };
    await store.claim('gone\nk', request);
    runtime.advance(2000);
    let runs = 0;
    const again = () => idempotent('gone', { key: 'k', store, runtime }, () => ++runs);
    await expect(again()).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
    expect(runs).toBe(0);
    await store.forget('gone\nk');
    expect(await again()).toBe(1);
  });

  it('remember that it was done when the result cannot be kept', async () => {
    const store = open();
    const run = () => idempotent('odd', { key: 'k', store }, () => ({ big: 1n }));
    expect(await run()).toEqual({ big: 1n });
    await expect(run()).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
  });
});

describe('a store that fails', () => {
  const broken = (part: Partial<IdempotencyStore>): IdempotencyStore => ({ ...memoryKeys(), ...part });

  it('keeps the action from being done unprotected', async () => {
    const store = broken({ claim: () => Promise.reject(new Error('no disk')) });
    let runs = 0;
    await expect(idempotent('unprotected', { key: 'k', store }, () => ++runs)).rejects.toThrow('no disk');
    expect(runs).toBe(0);
  });

  it('does not take away the result of an action that was done', async () => {
    const memory = memoryKeys();
    const store: IdempotencyStore = {
      claim: (...args) => memory.claim(...args),
      settle: () => Promise.reject(new Error('no disk')),
      forget: (key) => memory.forget(key),
    };
    expect(await idempotent('unsaved', { key: 'k', store, waitMs: 0 }, () => 'paid')).toBe('paid');
    await expect(idempotent('unsaved', { key: 'k', store, waitMs: 0 }, () => 'twice')).rejects.toThrow('right now');
    await flush();
    const warnings = sink.spans().flatMap((span) => (span.name === 'unsaved' ? span.events : []));
    expect(warnings[0]?.attributes['telltale.warning.code']).toBe('idempotency_not_saved');
  });
});

describe('keys in files', () => {
  it('are claimed by one of many processes', async () => {
    const shared = join(folder, 'processes');
    const code = `
      import { fileKeys, idempotent } from '@telltale/sdk';
      const pid = process.pid;
      console.log(await idempotent('pay', { key: 'one', store: fileKeys(${JSON.stringify(shared)}), waitMs: 60000 }, () => 'paid by ' + pid));`;
    const runs = await Promise.all(Array.from({ length: 4 }, () => runCode(code, {})));
    expect(runs.map((run) => run.exitCode)).toEqual([0, 0, 0, 0]);
    expect(new Set(runs.map((run) => run.stdout)).size).toBe(1);
    expect((await readdir(shared)).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });

  it('that cannot be read stop the action and say what to do', async () => {
    const path = join(folder, 'torn');
    const store = fileKeys(path);
    await idempotent('torn', { key: 'k', store }, () => 1);
    const [name = ''] = await readdir(path);
    await writeFile(join(path, name), '{"state":');
    await expect(idempotent('torn', { key: 'k', store }, () => 2)).rejects.toThrow(/cannot be read. Look whether/);
  });

  it.each([
    ['', 0],
    [', however far the clock is ahead of the dates of files', 86_400_000],
  ])('let only one caller take over an expired key%s', async (_, aheadMs) => {
    vi.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + aheadMs);
    const runtime = fakeRuntime();
    const path = join(folder, `expired-${aheadMs}`);
    const request = () => ({ nowMs: runtime.nowMs(), ttlMs: 1000, leaseMs: 1000, retryFailed: true });
    const first = await fileKeys(path).claim('k', request());
    await fileKeys(path).settle('k', first.state === 'claimed' ? first.token : '', {
      state: 'done',
      result: 1,
      hasResult: true,
      untilMs: runtime.nowMs() + 1,
    });
    runtime.advance(5);
    const claims = await Promise.all(Array.from({ length: 12 }, () => fileKeys(path).claim('k', request())));
    expect(claims.filter((claim) => claim.state === 'claimed')).toHaveLength(1);
    vi.restoreAllMocks();
  });
});
