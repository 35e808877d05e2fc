// Beside a context manager that lays its own active span over every context, as dd-trace's does: our steps keep their
// nesting, and spans of the other tracer within our steps are parents as before.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type ContextManager, context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import { openSink } from '../test-support/otlp-sink.ts';
import { agent, shutdown, start, tool } from './index.ts';

/** dd-trace's packages/dd-trace/src/opentelemetry/context_manager.js, without its own tracer. */
class OverlayManager implements ContextManager {
  readonly #contexts = new AsyncLocalStorage<Context>();
  readonly #spans = new AsyncLocalStorage<Span>();

  active(): Context {
    const stored = this.#contexts.getStore() ?? ROOT_CONTEXT;
    const span = this.#spans.getStore();
    // A new object each time.
    return span === undefined ? stored : trace.setSpan(stored, trace.wrapSpanContext({ ...span.spanContext() }));
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#contexts.run(active, () => fn.call(self, ...args)) as ReturnType<F>;
  }
  /** A span of the other tracer around `fn`. */
  trace<T>(spanId: string, fn: () => T): T {
    const span = trace.wrapSpanContext({ traceId: 'd'.repeat(32), spanId: spanId.repeat(16), traceFlags: 1 });
    return this.#spans.run(span, fn);
  }
  bind<T>(_: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

const manager = new OverlayManager();
afterEach(() => context.disable());

it.each(['before', 'after'])('steps nest when it was registered %s our start()', async (when) => {
  if (when === 'before') context.setGlobalContextManager(manager);
  const sink = await openSink();
  start({ endpoint: sink.url, selfCheck: false });
  context.setGlobalContextManager(manager);
  await manager.trace('a', () =>
    agent('mine', { sessionId: 's-1' }, async () => {
      await tool('deep', () => tool('deepest', () => 1));
      await Promise.all([1, 2].map((n) => tool(`parallel ${n}`, () => tool(`in parallel ${n}`, () => 1))));
      await manager.trace('b', () => tool('under theirs', () => tool('below', () => 1)));
      await tool('deep again', () => 1);
    }),
  );
  await agent('outside', () => tool('inside', () => 1));
  await shutdown();
  const parentOf = (name: string) => sink.span(name).parentSpanId;
  const idOf = (name: string) => sink.span(name).spanId;
  expect(parentOf('mine')).toBe('a'.repeat(16));
  for (const [child, parent] of [
    ['deep', 'mine'],
    ['deepest', 'deep'],
    ['parallel 1', 'mine'],
    ['in parallel 1', 'parallel 1'],
    ['in parallel 2', 'parallel 2'],
    ['below', 'under theirs'],
    ['deep again', 'mine'],
    ['inside', 'outside'],
  ] as const)
    expect([child, parentOf(child)]).toEqual([child, idOf(parent)]);
  expect(parentOf('under theirs')).toBe('b'.repeat(16));
  for (const name of ['deepest', 'below']) expect(sink.span(name).attributes).toMatchObject({ 'session.id': 's-1' });
  await sink.close();
});
