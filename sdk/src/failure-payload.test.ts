// The structured payload of a failure is on every kind of step, and says where the error began on each span it passes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenAIServer, openOpenAIServer } from '../test-support/openai-server.ts';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import {
  agent,
  decide,
  defineAgent,
  escalate,
  failureOf,
  flush,
  llm,
  observeOpenAI,
  preflight,
  retry,
  shutdown,
  start,
  step,
  tool,
  waitFor,
} from './index.ts';

let sink: OtlpSink;
let server: OpenAIServer;
beforeAll(async () => {
  [sink, server] = await Promise.all([openSink(), openOpenAIServer()]);
  start({ service: 's', endpoint: sink.url });
});
afterAll(async () => {
  await shutdown();
  await Promise.all([sink.close(), server.close()]);
});

class NoStock extends Error {
  override name = 'NoStock';
}
const thrown = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );
const payload = (name: string): unknown[] => {
  const { attributes } = sink.span(name);
  return ['step', 'attempt', 'input_ref'].map((field) => attributes[`telltale.failure.${field}`]);
};
const here = (name: string): string => `${sink.span(name).traceId}/${sink.span(name).spanId}`;

describe('a step that throws', () => {
  const fail = (): never => {
    throw new NoStock('none left');
  };
  it.each([
    ['an agent', 'f.agent', () => agent('f.agent', fail)],
    ['a step', 'f.step', () => step('f.step', { kind: 'retrieval' }, fail)],
    ['a tool', 'f.tool', () => tool('f.tool', { input: { id: 1 } }, fail)],
    ['a model call', 'f.llm', () => llm('f.llm', { model: 'm' }, fail)],
    ['a decision', 'decide f.decision', () => decide('f.decision', { options: ['a'] }, fail)],
    ['an escalation', 'escalate f.escalation', () => escalate('f.escalation', { reason: 'r' }, fail)],
    ['a wait', 'wait for f.wait', () => waitFor('f.wait', fail)],
    ['a defined agent', 'f.defined', () => defineAgent({ name: 'f.defined', mayCall: [] }).run({}, fail)],
  ])('%s has step, error type, attempt and a reference to its input', async (_what, name, run) => {
    const error = await thrown(run());
    await flush();
    expect(payload(name)).toEqual([name, 1, here(name)]);
    const { attributes, traceId, spanId } = sink.span(name);
    expect(attributes['error.type']).toBe('NoStock');
    expect(failureOf(error)).toEqual({
      step: name,
      errorType: 'NoStock',
      message: 'none left',
      status: null,
      attempt: 1,
      maxAttempts: 1,
      isTransient: false,
      inputRef: here(name),
      traceId,
      spanId,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  it('takes the reference that the caller gave', async () => {
    const error = await thrown(tool('g.tool', { inputRef: 'order:48213' }, fail));
    await thrown(llm('g.llm', { inputRef: 'order:48214' }, fail));
    await thrown(decide('g.decision', { options: ['a'], inputRef: 'order:48215' }, fail));
    await flush();
    expect(payload('g.tool')).toEqual(['g.tool', 1, 'order:48213']);
    expect(payload('g.llm')[2]).toBe('order:48214');
    expect(payload('decide g.decision')[2]).toBe('order:48215');
    expect(failureOf(error)?.inputRef).toBe('order:48213');
  });

  it('that is an attempt of its own making says which', async () => {
    const error = await thrown(
      step('h.attempt', (span) => {
        span.retryAttempt(1, { maxAttempts: 4 });
        return fail();
      }),
    );
    await flush();
    expect(payload('h.attempt')[1]).toBe(2);
    expect(failureOf(error)).toMatchObject({ attempt: 2, maxAttempts: 4 });
  });

  it('has it also where the failure came as a value', async () => {
    const error = new NoStock('soft');
    await tool('i.soft', (span) => void span.fail(error));
    await flush();
    expect(payload('i.soft')).toEqual(['i.soft', 1, here('i.soft')]);
    expect(failureOf(error)?.step).toBe('i.soft');
  });

  it('has it for what is no error, and for what cannot even be read', async () => {
    await thrown(step('j.text', () => Promise.reject('plain words')));
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
        getPrototypeOf: () => {
          throw new Error('trap');
        },
      },
    );
    // In a box: a promise asks whatever it resolves to for `then`.
    const box = await step('j.trap', () => Promise.reject(trap)).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    expect(box?.error === trap).toBe(true);
    await flush();
    expect(payload('j.text')).toEqual(['j.text', 1, here('j.text')]);
    expect(payload('j.trap')).toEqual(['j.trap', 1, here('j.trap')]);
    expect(sink.span('j.trap').status?.code).toBe(2);
    expect(sink.span('j.trap').attributes['error.type']).toBe('_OTHER');
  });
});

describe('an error that passes through', () => {
  it('is recorded by every span on its way as the failure of the step in which it began', async () => {
    const error = await thrown(
      agent('k.agent', () =>
        step('k.step', () => tool('k.tool', { inputRef: 'order:7' }, () => Promise.reject(new NoStock('gone')))),
      ),
    );
    await thrown(agent('k.words', () => tool('k.thrower', () => Promise.reject('words'))));
    await flush();
    for (const name of ['k.tool', 'k.step', 'k.agent']) expect(payload(name)).toEqual(['k.tool', 1, 'order:7']);
    expect(failureOf(error)).toMatchObject({ step: 'k.tool', spanId: sink.span('k.tool').spanId });
    expect(payload('k.words')).toEqual(['k.thrower', 1, here('k.thrower')]);
  });

  it('from the attempts of a retry says the last attempt', async () => {
    const options = { maxAttempts: 2, initialDelayMs: 1, isTransient: () => true, inputRef: 'order:8' };
    const error = await thrown(
      agent('l.agent', () => retry('l.retry', options, () => tool('l.inner', () => Promise.reject(new NoStock('no'))))),
    );
    await flush();
    expect(payload('l.agent')).toEqual(['l.retry', 2, 'order:8']);
    expect(failureOf(error)).toMatchObject({ step: 'l.retry', attempt: 2, maxAttempts: 2 });
    const inner = sink.spans().filter(({ name }) => name === 'l.inner');
    expect(inner.map(({ attributes }) => attributes['telltale.failure.step'])).toEqual(['l.inner', 'l.inner']);
  });

  it('is a new failure where it is caught and another is thrown, and where one object is thrown twice', async () => {
    const shared = new NoStock('always the same object');
    const fail = (): Promise<never> => Promise.reject(shared);
    await thrown(
      agent('m.agent', async () => {
        await tool('m.first', fail).catch(() => undefined);
        await tool('m.second', fail).catch(() => undefined);
        throw new NoStock('wrapped', { cause: shared });
      }),
    );
    await flush();
    expect(payload('m.first')[0]).toBe('m.first');
    expect(payload('m.second')[0]).toBe('m.second');
    expect(payload('m.agent')[0]).toBe('m.agent');
  });

  it('keeps runs apart that wait for one and the same rejected promise', async () => {
    const promise = Promise.reject(new NoStock('the connection broke'));
    const run = (n: number) => agent(`n.agent${n}`, () => tool(`n.tool${n}`, () => promise));
    await Promise.allSettled([run(1), run(2), run(3)]);
    await flush();
    for (const n of [1, 2, 3]) expect(payload(`n.agent${n}`)).toEqual([`n.tool${n}`, 1, here(`n.tool${n}`)]);
  });
});

it('a call of an observed client has it, and so has the run around it', async () => {
  const { default: OpenAI } = await import('openai');
  const client = observeOpenAI(new OpenAI({ baseURL: server.baseURL, apiKey: 'none', maxRetries: 0 }));
  server.answerWith((reply) => reply.error(429, 'slow_down'));
  const ask = () => client.chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'hi' }] });
  const error = await thrown(agent('o.agent', () => ask()));
  await flush();
  expect(payload('o.agent')).toEqual(['chat gpt-4.1', 1, here('chat gpt-4.1')]);
  expect(failureOf(error)).toMatchObject({ step: 'chat gpt-4.1', status: 429, isTransient: true });
});

it('a failed health check and the preflight around it have it', async () => {
  await thrown(preflight([{ name: 'disk', check: () => false }]));
  await flush();
  expect(payload('health disk')[0]).toBe('health disk');
  expect(payload('preflight')[0]).toBe('preflight');
});

it('a stopped agent names the call that was refused', async () => {
  const desk = defineAgent({ name: 'p.desk', mayCall: [] });
  await desk.run({}, () => tool('p.refused', () => 1));
  await flush();
  expect(payload('p.refused')[0]).toBe('p.refused');
  expect(payload('p.desk')[0]).toBe('p.refused');
});
