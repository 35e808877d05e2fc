// A retry inside a call with a key: an attempt that may have paid is not made again, however it ended.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Behavior, type MisbehavingServer, openMisbehaving } from '../../examples/misbehaving-server.ts';
import { fakeRuntime } from '../../test-support/fake-runtime.ts';
import { type OtlpSink, openSink } from '../../test-support/otlp-sink.ts';
import {
  flush,
  HttpError,
  idempotent,
  memoryKeys,
  type RetryOptions,
  retry,
  shutdown,
  start,
  timeout,
} from '../index.ts';

let bank: MisbehavingServer;
let sink: OtlpSink;
let payments = 0;
beforeAll(async () => {
  [bank, sink] = await Promise.all([openMisbehaving(), openSink()]);
  start({ service: 'test', endpoint: sink.url, selfCheck: false, log: () => undefined });
});
afterAll(async () => {
  await shutdown();
  await Promise.all([bank.close(), sink.close()]);
});
beforeEach(() => {
  payments = 0;
});

const transfer = async (signal?: AbortSignal): Promise<string> => {
  payments += 1;
  const response = await fetch(`${bank.url}/pay`, { method: 'POST', signal: signal ?? null });
  if (!response.ok) throw await HttpError.from(response);
  return `paid ${payments}`;
};
type Work = (call: { signal: AbortSignal }) => Promise<unknown>;
/** Up to three attempts; the waits between them are over at once. */
const retried = (options: RetryOptions = {}, work: Work = ({ signal }) => transfer(signal)) =>
  retry('post', { runtime: fakeRuntime(), ...options }, work);
const keyed = (fn: () => unknown, more: object = { store: memoryKeys() }) =>
  idempotent('pay', { key: 'k', store: memoryKeys(), ...more }, fn);
const endOf = (work: Promise<unknown>) => work.catch((error: Error) => error.name);
const refused = () => Object.assign(new Error('no'), { code: 'ECONNREFUSED' });

it.each<[string, Behavior, () => unknown]>([
  ['the limit of the attempt', 'hang', () => retried({ timeoutMs: 30 })],
  ['that limit, in a function that does not listen', 'hang', () => retried({ timeoutMs: 30 }, () => transfer())],
  [
    'a limit inside the attempt',
    'hang',
    () => retried({}, () => timeout('limit', { timeoutMs: 30 }, ({ signal }) => transfer(signal))),
  ],
  ['a 503', { status: 503 }, () => retried()],
  ['a broken connection', 'reset', () => retried()],
])('after %s there is no other attempt, and the key is held', async (_what, behavior, fn) => {
  bank.behave(behavior);
  const store = memoryKeys();
  expect(await endOf(keyed(fn, { store }))).not.toMatch(/^paid/);
  expect(await endOf(keyed(fn, { store }))).toBe('OutcomeUnknownError');
  expect(payments).toBe(1);
  await flush();
  const said = sink.spans().filter(({ name }) => name === 'post');
  expect(said.at(-1)?.attributes['telltale.retry.stop_reason']).toBe('outcome_unknown');
});

it('what surely did not happen is tried again', async () => {
  bank.behave({ status: 429, headers: { 'retry-after': '1' } }, { status: 429 }, { status: 200, json: {} });
  expect(await keyed(() => retried())).toBe('paid 3');
  let calls = 0;
  const second = () => (++calls === 1 ? Promise.reject(refused()) : Promise.resolve('paid'));
  expect(await keyed(() => retried({}, second))).toBe('paid');
});

it('what may be done twice is tried again: a step that says so, or a key whose rule says that nothing is open', async () => {
  const flaky: Behavior[] = [{ status: 503 }, 'reset', { status: 200, json: {} }];
  bank.behave(...flaky);
  expect(await keyed(() => retried({ isRepeatable: true }))).toBe('paid 3');
  bank.behave(...flaky);
  expect(await keyed(() => retried(), { isOutcomeUnknown: () => false })).toBe('paid 6');
  bank.behave(...flaky);
  expect(await retried()).toBe('paid 9');
  // The rule of the inner key is the one that counts.
  bank.behave(...flaky);
  const inner = () => idempotent('inner', { key: 'i', store: memoryKeys() }, () => retried());
  expect(await endOf(keyed(inner, { isOutcomeUnknown: () => false }))).toBe('HTTP 503');
});

it('a retry outside of keys can be kept from repeating as well', async () => {
  bank.behave({ status: 503 });
  expect(await endOf(retried({ isRepeatable: false }))).toBe('HTTP 503');
  expect(payments).toBe(1);
});

it('an attempt that nobody waits for any more has no successor: the key may belong to another call', async () => {
  bank.behave({ status: 200, json: {} });
  const store = memoryKeys();
  let fail = (): void => undefined;
  let abandoned: Promise<unknown> = Promise.resolve();
  const isRefused = () =>
    new Promise<never>((_, reject) => {
      fail = () => reject(refused());
    });
  const once = () => (++payments === 1 ? isRefused() : Promise.resolve('paid'));
  const limited = () =>
    timeout('limit', { timeoutMs: 30 }, () => {
      abandoned = endOf(retried({ isRepeatable: true }, once));
      return abandoned;
    });
  expect(await endOf(keyed(limited, { store }))).toBe('TimeoutError');
  fail();
  expect(await abandoned).toBe('Error');
  expect(payments).toBe(1);
});

it('nor when it waited for its turn while the key was settled', async () => {
  let turn = (): void => undefined;
  let abandoned: Promise<unknown> = Promise.resolve();
  const sleep = () =>
    new Promise<void>((resolve) => {
      turn = resolve;
    });
  const waiting = { ...fakeRuntime(), sleep };
  const once = () => (++payments === 1 ? Promise.reject(refused()) : Promise.resolve('paid'));
  const limited = () =>
    timeout('limit', { timeoutMs: 30 }, () => {
      abandoned = endOf(retried({ runtime: waiting }, once));
      return abandoned;
    });
  expect(await endOf(keyed(limited))).toBe('TimeoutError');
  turn();
  expect(await abandoned).toBe('OutcomeUnknownError');
  expect(payments).toBe(1);
});

it('what a call with a key has begun stays part of it when it is done; what begins later in its wake does not', async () => {
  bank.behave({ status: 503 }, { status: 503 }, { status: 200, json: {} });
  const store = memoryKeys();
  let next = (): void => undefined;
  const later = new Promise<void>((resolve) => {
    next = resolve;
  });
  let unattended: Promise<unknown> = Promise.resolve();
  let queue: Promise<unknown> = Promise.resolve();
  const first = () => {
    const answered = later.then(() => transfer());
    unattended = endOf(retried({}, () => answered));
    queue = later.then(() => unattended).then(() => retried());
    return 'begun';
  };
  expect(await keyed(first, { store })).toBe('begun');
  next();
  expect(await unattended).toBe('HTTP 503');
  expect(await queue).toBe('paid 3');
});
