// What must hold beside another set-up, whichever was there first: each keeps its own spans, and traces join.
import { type Context, context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { expect } from 'vitest';
import { agent, flush, step } from '../src/index.ts';
import type { OtherSetup } from './other-setup.ts';
import type { OtlpSink } from './otlp-sink.ts';

/** The application's request holds our agent, which holds the application's query, which holds our step. */
export async function nestBoth(): Promise<void> {
  const theirs = trace.getTracer('app');
  await theirs.startActiveSpan('app request', async (request) => {
    await agent('our agent', { sessionId: 's-1' }, async () => {
      await theirs.startActiveSpan('app query', async (query) => {
        await new Promise((resolve) => setImmediate(resolve));
        await step('our step', () => 1);
        query.end();
      });
    });
    request.end();
  });
}

export async function expectBothWhole(ours: OtlpSink, other: OtherSetup): Promise<void> {
  await flush();
  await other.provider.forceFlush();
  expect(ours.spans().map((span) => span.name)).toEqual(['our step', 'our agent']);
  expect(other.sink.spans().map((span) => span.name)).toEqual(['app query', 'app request']);
  const [request, query] = [other.sink.span('app request'), other.sink.span('app query')];
  const [ourAgent, ourStep] = [ours.span('our agent'), ours.span('our step')];
  expect(new Set([request, query, ourAgent, ourStep].map((span) => span.traceId)).size).toBe(1);
  expect(ourAgent.parentSpanId).toBe(request.spanId);
  expect(query.parentSpanId).toBe(ourAgent.spanId);
  expect(ourStep.parentSpanId).toBe(query.spanId);
  expect(ourStep.attributes).toMatchObject({ 'gen_ai.agent.name': 'our agent', 'session.id': 's-1' });
  expect(request.resource['service.name']).toBe('the-application');
  expect(ourAgent.resource['service.name']).toBe('support-api');
}

/** Every global of OpenTelemetry is still free to take. */
export function expectGlobalsUntouched(): void {
  expect(trace.getTracer('x').startSpan('x').isRecording()).toBe(false);
  expect(context.setGlobalContextManager(new NothingManager())).toBe(true);
  context.disable();
  expect(propagation.fields()).toEqual([]);
}

/** Does nothing; only whether it may be registered matters. */
class NothingManager {
  active(): Context {
    return ROOT_CONTEXT;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    _: unknown,
    fn: F,
    _this?: unknown,
    ...args: A
  ): ReturnType<F> {
    return fn(...args);
  }
  bind<T>(_: unknown, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}
