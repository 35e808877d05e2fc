// Failure handling, services and scopes cannot crash or block the agent either, whatever passes through them.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { IS_FULL_TIER, propertyRuns } from '../../test/support/tier.ts';
import { HOSTILE, hostileValues, outcome, wrap } from '../test-support/hostile-values.ts';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import {
  circuitBreaker,
  connect,
  type DeadLetter,
  deadLetters,
  defineAgent,
  failureOf,
  flush,
  idempotent,
  llm,
  memoryKeys,
  preflight,
  retry,
  shutdown,
  start,
  timeout,
} from './index.ts';

const hostile = hostileValues(IS_FULL_TIER);
let sink: OtlpSink;
beforeAll(async () => {
  sink = await openSink();
  start({ service: 's', endpoint: sink.url, maxContentLength: 2_000 });
});
afterAll(async () => {
  await shutdown();
  await sink.close();
});

const kept: DeadLetter[] = [];
const letters = deadLetters('hostile', {
  sink: { put: async (letter) => void kept.push(letter), drain: async () => undefined },
});
let keys = 0;
const store = memoryKeys();

/** Hands two values through every call, as what it is called with, returns or throws. */
async function handThrough(value: unknown, other: unknown, throws: boolean): Promise<void> {
  const anything = value as never;
  const result = wrap(value);
  const fn = (): never => {
    if (throws) throw anything;
    return result as never;
  };
  const options = { input: value, inputRef: other as never, attributes: { a: value, b: other }, kind: anything };
  const service = connect('svc', { retry: { maxAttempts: 1 }, circuit: false });
  const calls: (() => Promise<unknown>)[] = [
    () => retry('r', { ...options, maxAttempts: 1 }, fn),
    () => retry('r', { ...options, maxAttempts: 2, initialDelayMs: 0, isTransient: () => true }, fn),
    () => timeout('t', { ...options, timeoutMs: 60_000 }, fn),
    () => circuitBreaker('c').call('c', options, fn),
    () => idempotent('i', { ...options, key: `k-${keys++}`, store }, fn),
    () => letters.catch({ step: 'l', input: value, inputRef: other as never }, fn),
    async () => (await service.call('s', options, fn)).value,
  ];
  for (const call of calls) {
    const [how, what] = await outcome(call);
    expect(how).toBe(throws ? 'thrown' : 'returned');
    expect(Object.is(what, throws ? value : result)).toBe(true);
    const isObject = typeof value === 'object' && value !== null;
    if (throws && isObject) expect(failureOf(value)).toMatchObject({ attempt: expect.any(Number) });
  }
  const report = await preflight([{ name: 'p', check: fn }], { onFailure: 'report' });
  expect(report.ok).toBe(!throws);
}

let sentBefore = 0;
async function expectAllSent(): Promise<void> {
  const { sent, ...others } = await flush();
  expect(others).toEqual({ pending: 0, failed: 0, dropped: 0, lastError: null });
  expect(sent).toBeGreaterThan(sentBefore);
  sentBefore = sent;
}

it.each(HOSTILE)('gives back what the function returns or throws: $name', async ({ make, makeOther }) => {
  await handThrough(make(), makeOther(), false);
  await handThrough(make(), makeOther(), true);
  await expectAllSent();
});

it('gives back exactly what the function returns or throws, and a payload of every object that was thrown', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, hostile, fc.boolean(), (makeValue, makeOther, throws) =>
      handThrough(makeValue(), makeOther(), throws),
    ),
    { numRuns: propertyRuns(8, 40) },
  );
  await expectAllSent();
}, 300_000);

async function runScope(value: never, other: never, throws: boolean): Promise<void> {
  const desk = defineAgent({
    name: 'desk',
    mayCall: [],
    limits: { costUsd: 1_000, steps: 50 },
    prices: { m: { inputUsdPerMillion: 1, outputUsdPerMillion: 1 } },
    stopWhen: { never: ({ costUsd }) => Number.isNaN(costUsd) },
  });
  const [how, what] = await outcome(() =>
    desk.run(value, { sessionId: value, attributes: { a: value }, inputRef: other }, async (input, run) => {
      expect(Object.is(input, value)).toBe(true);
      await llm('l', { model: other }, (span) => {
        span.setUsage({ inputTokens: value, outputTokens: other, costUsd: value }).setResponse({ model: value });
        span.setUsage(other).setUsage({ inputTokens: 1, outputTokens: 1 });
      });
      run.spend(value).spend(other);
      if (throws) throw value;
      return wrap(other);
    }),
  );
  expect(how).toBe(throws ? 'thrown' : 'returned');
  if (throws) expect(Object.is(what, value)).toBe(true);
  else expect(what).toMatchObject({ status: 'finished' });
}

it('a scope with limits and prices takes anything that calls report', async () => {
  for (const { make, makeOther } of HOSTILE)
    for (const throws of [false, true]) await runScope(make() as never, makeOther() as never, throws);
  await fc.assert(
    fc.asyncProperty(hostile, hostile, fc.boolean(), (makeValue, makeOther, throws) =>
      runScope(makeValue() as never, makeOther() as never, throws),
    ),
    { numRuns: propertyRuns(10, 60) },
  );
  await expectAllSent();
}, 300_000);
