// A defined agent's limits hold for connected services, retries and observed clients too, and its stop is nobody's failure.
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeRuntime } from '../test-support/fake-runtime.ts';
import { completion, type OpenAIServer, openOpenAIServer } from '../test-support/openai-server.ts';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { connect, defineAgent, flush, HttpError, observeOpenAI, retry, shutdown, start } from './index.ts';

let sink: OtlpSink;
let server: OpenAIServer;
beforeEach(async () => {
  [sink, server] = await Promise.all([openSink(), openOpenAIServer()]);
  start({ service: 'desk', endpoint: sink.url, selfCheck: false });
});
afterEach(async () => {
  await shutdown();
  await Promise.all([sink.close(), server.close()]);
});

const agentOf = (steps: number, mayCall: string[] = []) => defineAgent({ name: 'desk', mayCall, limits: { steps } });
const busy = () => {
  throw new HttpError(503, new Headers());
};

describe('a connected service', () => {
  it('is refused when it is not in the permitted list, though it is not critical', async () => {
    let called = 0;
    const risk = connect('risk', { critical: false });
    const result = await agentOf(9).run({}, () => risk.call('score', {}, () => ++called));
    expect(result).toMatchObject({ status: 'stopped', stop: { reason: 'tool_not_permitted', refused: 'risk.score' } });
    expect(called).toBe(0);
  });

  it('does not degrade because the agent that calls it reached a limit', async () => {
    const runtime = fakeRuntime();
    const risk = connect('risk', { critical: false, retry: { maxAttempts: 5 }, runtime });
    let went = 'nowhere';
    const result = await agentOf(3, ['risk.score']).run({}, async () => {
      await risk
        .call('score', { fallback: 1 }, (): number => busy())
        .catch((error: unknown) => {
          went = String(error);
          throw error;
        });
    });
    expect(result).toMatchObject({ status: 'stopped', stop: { detail: 'step limit reached: 3 of 3 steps' } });
    expect(went).toContain('desk stopped: step limit reached');
  });
});

describe('retries', () => {
  it('end with the stop of the agent, whatever the rule says is worth another attempt', async () => {
    let attempts = 0;
    const options = { maxAttempts: 50, isTransient: () => true, runtime: fakeRuntime() };
    const result = await agentOf(4, ['pay']).run({}, () =>
      retry('pay', options, () => {
        attempts += 1;
        return busy();
      }),
    );
    expect(result).toMatchObject({ status: 'stopped', stop: { reason: 'max_steps' } });
    // The call and its first attempt are one step.
    expect(attempts).toBe(4);
    await flush();
    const pays = sink.spans().filter(({ name }) => name === 'pay');
    const around = pays.find(({ parentSpanId }) => !pays.some(({ spanId }) => spanId === parentSpanId));
    expect(pays.length).toBe(6);
    expect(around?.attributes).toMatchObject({
      'telltale.loop.stop_reason': 'max_steps',
      'telltale.retry.stop_reason': 'aborted',
    });
    expect(around?.status?.code ?? 0).toBe(0);
  });
});

describe('an observed client', () => {
  const body = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };

  it.each([true, false])('is held to the limit of steps (recorded: %s)', async (isRecorded) => {
    if (!isRecorded) await shutdown();
    server.answerWith((reply) => reply.json(completion()));
    const client = observeOpenAI(new OpenAI({ apiKey: 'sk', baseURL: server.baseURL, maxRetries: 0 }));
    const result = await agentOf(2).run({}, async () => {
      for (;;) await client.chat.completions.create(body);
    });
    expect(result).toMatchObject({ status: 'stopped', stop: { detail: 'step limit reached: 2 of 2 steps' } });
    expect(server.asked.length).toBe(2);
    if (!isRecorded) return;
    await flush();
    const calls = sink.spans().filter(({ name }) => name === 'chat m');
    expect(calls.map(({ attributes }) => attributes['telltale.loop.stop_detail'])).toEqual([
      undefined,
      undefined,
      'not run: desk stopped: step limit reached: 2 of 2 steps',
    ]);
    expect(calls.map(({ status }) => status?.code ?? 0)).toEqual([0, 0, 0]);
  });
});
