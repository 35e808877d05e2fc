// Many calls under one signal: no warning of a leak in the application, no listener left behind, and all of them stop.
import { getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect, defineAgent, retry, timeout } from '../index.ts';

const warnings: Error[] = [];
const note = (warning: Error): unknown => warnings.push(warning);
beforeEach(() => {
  warnings.length = 0;
  process.on('warning', note);
});
afterEach(() => void process.off('warning', note));

const MANY = Array.from({ length: 25 });
const quiet = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings.map(({ message }) => message)).toEqual([]);
};
const shared = new AbortController();

it.each<[string, () => unknown]>([
  ['time limits', () => timeout('t', { timeoutMs: 1000 }, () => wait(5))],
  ['time limits with one signal', () => timeout('t', { timeoutMs: 1000, signal: shared.signal }, () => wait(5))],
  [
    'waits between attempts',
    () =>
      retry('r', { maxAttempts: 2, initialDelayMs: 5, signal: shared.signal, isTransient: () => true }, () =>
        Promise.reject(new Error('x')),
      ),
  ],
  [
    'calls that wait for their turn',
    () => connect('s', { rateLimit: { requests: 1, perMs: 5 } }).call('c', { signal: shared.signal }, () => wait(5)),
  ],
])('%s: no warning, and no listener stays', async (_what, call) => {
  const limited = connect('s', { rateLimit: { requests: 100, perMs: 10 } });
  await Promise.allSettled(MANY.map(() => limited.call('c', { signal: shared.signal }, () => call())));
  await Promise.allSettled(MANY.map(call));
  await quiet();
  expect(getEventListeners(shared.signal, 'abort')).toEqual([]);
});

it('the signal of an agent and of an attempt may be used as often as needed', async () => {
  const desk = defineAgent({ name: 'desk', mayCall: ['t', 'r'] });
  await desk.run({}, { signal: shared.signal }, async (_input, run) => {
    await Promise.all(
      MANY.map(() => timeout('t', { timeoutMs: 1000, signal: run.signal }, () => wait(5, 0, { signal: run.signal }))),
    );
    await retry('r', { timeoutMs: 1000 }, ({ signal }) =>
      Promise.all(MANY.map(() => timeout('t', { timeoutMs: 500, signal }, () => wait(5, 0, { signal })))),
    );
  });
  await quiet();
});

it('all of them stop with its reason', async () => {
  const controller = new AbortController();
  const calls = MANY.map(() =>
    timeout('t', { timeoutMs: 60_000, signal: controller.signal }, () => new Promise(() => undefined)),
  );
  const reason = new Error('user stop');
  setImmediate(() => controller.abort(reason));
  const ends = await Promise.allSettled(calls);
  expect(ends.every((end) => end.status === 'rejected' && end.reason === reason)).toBe(true);
  await expect(timeout('t', { timeoutMs: 5, signal: controller.signal }, () => 1)).rejects.toBe(reason);
  await quiet();
});
