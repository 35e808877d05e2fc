// Two copies of the SDK in one process, as bundlers make them: one pipeline, one context, one scope, and errors that both
// recognize.
import { afterEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openSink } from '../test-support/otlp-sink.ts';
import * as first from './index.ts';

const KEY = Symbol.for('telltale.sdk.v1');

afterEach(() => first.shutdown());

/** Modules are evaluated anew: nothing of this copy is an object of the first. */
async function anotherCopy(): Promise<typeof first> {
  vi.resetModules();
  const copy = await import('./index.ts');
  expect(copy.agent).not.toBe(first.agent);
  expect(copy.AgentStopped).not.toBe(first.AgentStopped);
  return copy;
}

it('one copy starts, the other records, and steps nest across both', async () => {
  const second = await anotherCopy();
  const sink = await openSink();
  expect(first.start({ endpoint: sink.url, selfCheck: false, log: () => undefined }).started).toBe(true);
  expect(second.start({ endpoint: 'http://127.0.0.1:9' }).started).toBe(false);
  await second.agent('desk', { sessionId: 's-1' }, () => first.tool('look-up', () => second.step('inner', () => 1)));
  expect(await second.flush()).toMatchObject({ sent: 3, dropped: 0 });
  const [desk, lookUp, inner] = ['desk', 'look-up', 'inner'].map((name) => sink.span(name));
  expect([lookUp?.parentSpanId, inner?.parentSpanId]).toEqual([desk?.spanId, lookUp?.spanId]);
  expect(inner?.attributes).toMatchObject({ 'gen_ai.agent.name': 'desk', 'session.id': 's-1' });
  expect(await first.shutdown()).toEqual(await second.shutdown());
  expect((await second.agent('after', (span) => span.traceId)).replaceAll('0', '')).toBe('');
  await sink.close();
});

it('a copy can end what another started, and leaves no listener behind', async () => {
  const second = await anotherCopy();
  const events = ['beforeExit', 'exit', 'SIGTERM', 'uncaughtException', 'uncaughtExceptionMonitor'];
  const count = () => events.map((event) => process.listenerCount(event));
  const before = count();
  first.start({ endpoint: 'http://127.0.0.1:9', selfCheck: false });
  expect(count()).not.toEqual(before);
  await second.shutdown();
  expect(count()).toEqual(before);
  expect(second.start({ endpoint: 'http://127.0.0.1:9', selfCheck: false }).started).toBe(true);
});

it('a scope holds the steps of every copy, and its stop is recognized by every copy', async () => {
  const second = await anotherCopy();
  const desk = first.defineAgent({
    name: 'desk',
    purpose: 'looks',
    accepts: z.string(),
    produces: z.string(),
    mayCall: [],
  });
  let thrown: unknown;
  const result = await desk.run('x', async () => {
    await second
      .tool('pay', () => 1)
      .catch((error: unknown) => {
        thrown = error;
      });
    return 'done';
  });
  expect(result).toMatchObject({ status: 'stopped', stop: { reason: 'tool_not_permitted', refused: 'pay' } });
  expect(thrown).toBeInstanceOf(first.AgentStopped);
  expect(thrown).toBeInstanceOf(second.AgentStopped);
});

it('every error class is the same class in every copy', async () => {
  const second = await anotherCopy();
  type ErrorClass = new (...args: never[]) => Error;
  const classes = Object.entries(first as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === 'function' && value.prototype instanceof Error ? [[name, value as ErrorClass] as const] : [],
  );
  expect(classes.length).toBeGreaterThan(8);
  for (const [name, type] of classes) {
    const other = Reflect.get(second, name) as ErrorClass;
    const error: unknown = Object.create(other.prototype);
    expect(error instanceof type, name).toBe(true);
    expect(new Error('other') instanceof type, name).toBe(false);
    const Own = class extends type {};
    expect(error instanceof Own, name).toBe(false);
    expect(Object.create(Own.prototype) instanceof type, name).toBe(true);
  }
});

it('the payload of a failure is found by every copy, and a retry links the attempt of another', async () => {
  const second = await anotherCopy();
  const error = new Error('down');
  await expect(first.tool('call', () => Promise.reject(error))).rejects.toBe(error);
  expect(second.failureOf(error)).toMatchObject({ step: 'call', message: 'down' });
  expect(second.failureOf(error)).toBe(first.failureOf(error));

  const sink = await openSink();
  second.start({ endpoint: sink.url, selfCheck: false });
  const previous = await first.step('attempt 1', (span) => span);
  await second.step('attempt 2', (span) => span.retryAttempt(1, { previous: previous as never }));
  await second.shutdown();
  expect(sink.span('attempt 2').links?.map(({ spanId }) => spanId)).toEqual([sink.span('attempt 1').spanId]);
  await sink.close();
});

it.each([
  ['state of another shape', { shape: 2, version: '9.0.0', slots: {} }, '9.0.0'],
  ['anything else', 'mine', 'unknown'],
])('beside %s a copy keeps to itself and says so once', async (_, foreign, version) => {
  const own = Object.getOwnPropertyDescriptor(globalThis, KEY) as PropertyDescriptor;
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const sink = await openSink();
  try {
    // As it is in a process where the other came first.
    Object.defineProperty(globalThis, KEY, { value: foreign, configurable: true });
    const copy = await anotherCopy();
    expect(copy.start({ endpoint: sink.url, selfCheck: false }).started).toBe(true);
    await copy.agent('alone', () => copy.tool('x', () => 1));
    expect(await copy.shutdown()).toMatchObject({ sent: 2 });
    expect(warn.mock.calls.map(([line]) => String(line))).toEqual([expect.stringContaining(`(${version})`)]);
    expect(Reflect.get(globalThis, KEY)).toBe(foreign);
  } finally {
    Object.defineProperty(globalThis, KEY, own);
    warn.mockRestore();
    await sink.close();
  }
});
