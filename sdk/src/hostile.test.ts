// Nothing in the SDK can crash or block the agent, whatever it is handed. Property-tested with values that fight back.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { IS_FULL_TIER, propertyRuns } from '../../test/support/tier.ts';
import { HOSTILE, hostileValues, outcome, wrap } from '../test-support/hostile-values.ts';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, decide, escalate, flush, llm, observeOpenAI, shutdown, start, step, tool, waitFor } from './index.ts';

const hostile = hostileValues(IS_FULL_TIER);
/** Giants on a busy machine: only ends what hangs. */
const PATIENT_MS = 120_000;
let sink: OtlpSink;
let isBroken = false;
beforeAll(async () => {
  sink = await openSink();
  for (const name of ['OTEL_EXPORTER_OTLP_TIMEOUT', 'OTEL_BSP_EXPORT_TIMEOUT']) vi.stubEnv(name, String(PATIENT_MS));
  start({
    service: 's',
    endpoint: sink.url,
    maxContentLength: 2_000,
    mask: (text) => {
      if (isBroken) throw new Error('a mask that breaks');
      return text;
    },
    log: () => {
      throw new Error('a log that breaks');
    },
  });
});
afterAll(async () => {
  await shutdown();
  vi.unstubAllEnvs();
  await sink.close();
});

/** Hands two values through every call, as what it records, returns or throws. */
async function handThrough(value: unknown, other: unknown, throws: boolean, breaks: boolean): Promise<void> {
  isBroken = breaks;
  const anything = value as never;
  const result = wrap(value);
  const fn = (span?: { set(key: string, value: unknown): unknown }): never => {
    span?.set('k', other);
    if (throws) throw anything;
    return result as never;
  };
  const attributes = { a: value, b: other };
  const calls: (() => Promise<unknown>)[] = [
    () =>
      agent(
        'a',
        { input: value, attributes, version: anything, sessionId: anything, userId: anything, inputRef: anything },
        fn,
      ),
    () => step('s', { input: value, attributes, kind: anything }, fn),
    () => tool('t', { input: value, callId: anything, description: anything, inputRef: other as never }, fn),
    () => llm('l', { input: anything, model: anything, system: anything, temperature: anything }, fn),
    () => waitFor('w', { input: value, attributes }, fn),
    () => escalate('e', { reason: anything, input: value }, fn),
    () => decide('d', { input: value, options: [anything, other as never], threshold: anything }, fn),
    () => step(anything, fn),
    () => waitFor(anything, fn),
  ];
  for (const call of calls) {
    const [how, what] = await outcome(call);
    expect(how).toBe(throws ? 'thrown' : 'returned');
    expect(Object.is(what, throws ? value : result)).toBe(true);
  }
  await llm('usage', (span) => void span.setUsage(anything).setResponse(anything).setUsage({ costUsd: anything }));
  await llm('parts', { model: anything }, (span) => {
    span.setUsage({ inputTokens: anything, outputTokens: other as never, cachedTokens: anything });
    span.setResponse({ id: anything, model: anything, finishReasons: anything }).setUsage({ inputTokens: 1 });
  });
  await step('handle', (span) => {
    span.setInput(value).setOutput(other).fail(value).event(anything, anything).waitingFor(anything);
    span.set(anything).retryAttempt(anything, anything).warn(anything, anything).setContent(anything, value);
  });
  isBroken = false;
}

let sentBefore = 0;
async function expectAllSent(): Promise<void> {
  // However busy the machine is: what is tried is that nothing of it is lost.
  const { sent, ...others } = await flush({ timeoutMs: PATIENT_MS });
  expect(others).toEqual({ pending: 0, failed: 0, dropped: 0, lastError: null });
  expect(sent).toBeGreaterThan(sentBefore);
  sentBefore = sent;
}

it.each(HOSTILE)('gives back exactly what the function returns or throws: $name', async ({ make, makeOther }) => {
  await handThrough(make(), makeOther(), false, false);
  await handThrough(make(), makeOther(), true, true);
  await expectAllSent();
});

it('gives back exactly what the function returns or throws, whatever it is recorded with', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, hostile, fc.boolean(), fc.boolean(), (makeValue, makeOther, throws, breaks) =>
      handThrough(makeValue(), makeOther(), throws, breaks),
    ),
    { numRuns: propertyRuns(10, 60) },
  );
  await expectAllSent();
  // Giants many times, in the full tier.
}, 300_000);

async function observeClientOf(value: unknown, body: unknown): Promise<void> {
  const result = wrap(value);
  const create = async () => result;
  const client = { chat: { completions: { create } }, responses: { create }, embeddings: value, baseURL: body };
  expect(observeOpenAI(client)).toBe(client);
  expect(observeOpenAI(Object(value) as object)).toBeTypeOf(typeof Object(value));
  const ask = client.chat.completions.create as unknown as (body: unknown) => Promise<unknown>;
  expect(await ask(body)).toBe(result);
  expect(await (client.responses.create as unknown as typeof ask)(body)).toBe(result);
}

it('observes a client that is not what it should be, and gives back what its methods return', async () => {
  for (const { make, makeOther } of HOSTILE) await observeClientOf(make(), makeOther());
  await fc.assert(
    fc.asyncProperty(hostile, hostile, (makeValue, makeBody) => observeClientOf(makeValue(), makeBody())),
    { numRuns: propertyRuns(20, 150) },
  );
  expect((await flush({ timeoutMs: PATIENT_MS })).pending).toBe(0);
});

it('start, flush and shutdown take anything', async () => {
  const take = async (value: unknown): Promise<void> => {
    const options = { service: value, endpoint: value, headers: value, mask: value, log: value, announceEvery: value };
    expect(start(options as never)).toHaveProperty('started');
    expect(start(value as never)).toHaveProperty('started');
    expect(await flush({ timeoutMs: 10 })).toHaveProperty('sent');
  };
  for (const { make } of HOSTILE) await take(make());
  await fc.assert(
    fc.asyncProperty(hostile, (make) => take(make())),
    { numRuns: 30 },
  );
});
