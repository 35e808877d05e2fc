// A function inside a span, against a real receiver: its errors, its context, and values that try to break it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, flush, shutdown, start, step, tool } from './index.ts';

let sink: OtlpSink;

beforeAll(async () => {
  sink = await openSink();
  start({ service: 'support-api', endpoint: sink.url });
});

afterAll(async () => {
  await shutdown();
  await sink.close();
});

class UpstreamTimeout extends Error {
  override name = 'UpstreamTimeout';
}

async function failing(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );
}

describe('a failing function', () => {
  it('leaves error type, message, stack and cause on the span, and rejects with the very same error', async () => {
    const error = new UpstreamTimeout('no response from payments', { cause: new Error('socket hang up') });
    const thrown = await failing(
      tool('payments.fail', () => {
        throw error;
      }),
    );
    expect(thrown).toBe(error);
    await flush();
    const span = sink.span('payments.fail');
    expect(span.status).toEqual({ code: 2, message: 'no response from payments' });
    expect(span.attributes['error.type']).toBe('UpstreamTimeout');
    const [event] = span.events;
    expect(event?.name).toBe('exception');
    expect(event?.attributes).toMatchObject({
      'exception.type': 'UpstreamTimeout',
      'exception.message': 'no response from payments',
    });
    expect(event?.attributes['exception.stacktrace']).toMatch(
      /run-span\.test\.ts:\d+[\s\S]*Caused by: Error: socket hang up/,
    );
  });

  it('may throw what is no Error at all', async () => {
    const odd = { code: 7 };
    expect(await failing(step('odd', () => Promise.reject(odd)))).toBe(odd);
    expect(await failing(step('text', () => Promise.reject('plain words')))).toBe('plain words');
    expect(await failing(step('nothing', () => Promise.reject(undefined)))).toBe(undefined);
    await flush();
    expect(sink.span('text').status).toEqual({ code: 2, message: 'plain words' });
    expect(sink.span('odd').attributes['error.type']).toBe('_OTHER');
    expect(sink.span('nothing').status?.code).toBe(2);
  });

  it('is named by its code when its name says nothing', async () => {
    await failing(step('coded', () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))));
    await flush();
    expect(sink.span('coded').attributes['error.type']).toBe('ECONNREFUSED');
  });

  it('goes by its class when its name only says that it is an error', async () => {
    class DatabaseError extends Error {
      override name = 'error';
    }
    await failing(step('named error', () => Promise.reject(new DatabaseError('no such column'))));
    await flush();
    expect(sink.span('named error').attributes['error.type']).toBe('DatabaseError');
  });

  it('can be reported without throwing', async () => {
    expect(await step('soft', (span) => span.fail(new UpstreamTimeout('late')) && 'fallback')).toBe('fallback');
    await flush();
    expect(sink.span('soft').status).toEqual({ code: 2, message: 'late' });
  });
});

describe('context', () => {
  it('stays right when many agents interleave', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const runs = Array.from({ length: 20 }, (_, n) =>
      agent(`weave-${n}`, { sessionId: `w-${n}` }, async () => {
        await opened;
        await Promise.all([
          step(`weave-${n}-a`, async () => {
            await new Promise((resolve) => setImmediate(resolve));
            await tool(`weave-${n}-a1`, () => n);
          }),
          new Promise<void>((resolve, reject) =>
            setTimeout(() => void step(`weave-${n}-b`, () => n).then(() => resolve(), reject), 20 - n),
          ),
        ]);
      }),
    );
    open();
    await Promise.all(runs);
    await flush();
    for (let n = 0; n < 20; n += 1) {
      const root = sink.span(`weave-${n}`);
      expect(root.parentSpanId ?? '').toBe('');
      expect(sink.span(`weave-${n}-a`).parentSpanId).toBe(root.spanId);
      expect(sink.span(`weave-${n}-b`).parentSpanId).toBe(root.spanId);
      expect(sink.span(`weave-${n}-a1`).parentSpanId).toBe(sink.span(`weave-${n}-a`).spanId);
      expect(sink.span(`weave-${n}-a1`).attributes['session.id']).toBe(`w-${n}`);
    }
  });

  it('reaches a lazy thenable, which starts only when awaited', async () => {
    // biome-ignore lint/suspicious/noThenProperty: a lazy thenable is what this test is about
    const lazy = { then: (done: (value: unknown) => void) => void step('in lazy', () => 1).then(done) };
    await step('lazy', () => lazy);
    await flush();
    expect(sink.span('in lazy').parentSpanId).toBe(sink.span('lazy').spanId);
  });
});

describe('hostile values', () => {
  it('never break the agent, whatever is set or returned', async () => {
    const cyclic: Record<string, unknown> = { big: 10n };
    cyclic.self = cyclic;
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap');
        },
      },
    );
    const attributes = {
      fine: 1,
      get bad(): string {
        throw new Error('getter');
      },
    };
    const result = await step('hostile', { input: trap, attributes }, (span) => {
      span
        .set('cyclic', cyclic)
        .set('nan', Number.NaN)
        .set({ gone: undefined, mixed: [1, 'a'] })
        .event('e', { trap });
      return cyclic;
    });
    expect(result).toBe(cyclic);
    await flush();
    const span = sink.span('hostile');
    expect(span.attributes).toMatchObject({
      fine: 1,
      nan: 'NaN',
      mixed: '[1,"a"]',
      cyclic: '{"big":"10","self":"[circular]"}',
      'telltale.step.input': '"[unreadable: trap]"',
      'telltale.step.output': '{"big":"10","self":"[circular]"}',
    });
    expect(span.status?.code ?? 0).toBe(0);
  });

  it('can be left out with captureOutput', async () => {
    await tool('secret', { captureOutput: false }, () => 'pin 1234');
    await flush();
    expect(sink.span('secret').attributes).not.toHaveProperty('gen_ai.tool.call.result');
  });
});
