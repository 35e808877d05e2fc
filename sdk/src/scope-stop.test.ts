// How a defined agent is stopped: by limits, by conditions, by its caller and by the agent around it.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpSink, openSink, type SinkSpan } from '../test-support/otlp-sink.ts';
import { type AgentResult, agent, decide, defineAgent, flush, llm, shutdown, start, step, tool } from './index.ts';

let sink: OtlpSink;

beforeAll(async () => {
  sink = await openSink();
  start({ service: 'support-api', endpoint: sink.url });
});

afterAll(async () => {
  await shutdown();
  await sink.close();
});

async function recorded(name: string): Promise<SinkSpan> {
  await flush();
  return sink.span(name);
}

function stopOf<T>(result: AgentResult<T>): string {
  return result.status === 'stopped' ? `${result.stop.reason}: ${result.stop.detail}` : 'finished';
}

describe('a limit', () => {
  it('of steps stops it before the next one', async () => {
    const desk = defineAgent({ name: 'looping', mayCall: ['search'], limits: { steps: 3 } });
    let calls = 0;
    const result = await desk.run({}, async () => {
      for (;;) await tool('search', () => (calls += 1));
    });
    expect(calls).toBe(3);
    expect(stopOf(result)).toBe('max_steps: step limit reached: 3 of 3 steps');
    await flush();
    const [refused] = sink.spans().filter((span) => span.attributes['telltale.loop.stop_reason'] === 'max_steps');
    // The limit is an error of the run, not of the call that was not made.
    expect(refused).toMatchObject({
      name: 'search',
      attributes: { 'telltale.loop.stop_detail': 'not run: looping stopped: step limit reached: 3 of 3 steps' },
    });
    expect(refused?.status?.code ?? 0).toBe(0);
    expect(await recorded('looping')).toMatchObject({
      attributes: { 'telltale.loop.iteration': 3, 'telltale.loop.max_iterations': 3, 'error.type': 'max_steps' },
    });
  });

  it('of cost stops it once it is spent', async () => {
    const desk = defineAgent({ name: 'costly', mayCall: [], limits: { costUsd: 0.05 } });
    const result = await desk.run({}, async () => {
      for (;;) await llm('think', (span) => span.setUsage({ costUsd: 0.02 }));
    });
    expect(stopOf(result)).toBe('budget: cost limit reached: 0.06 of 0.05 USD');
    expect((await recorded('costly')).attributes['telltale.budget.spent_usd']).toBeCloseTo(0.06, 10);
  });

  it('of cost is no use when nobody says what calls cost, and the span says so', async () => {
    const desk = defineAgent({ name: 'unpriced', mayCall: [], limits: { costUsd: 0.05 } });
    await desk.run({}, () => llm('guess', () => undefined));
    const { events } = await recorded('unpriced');
    expect(events.map((event) => event.attributes['telltale.warning.code'])).toEqual(['cost_unknown']);
  });

  it('of time stops it at once, also when it hangs; its signal aborts the work', async () => {
    const desk = defineAgent({ name: 'hanging', mayCall: ['late'], limits: { timeMs: 30 } });
    let late: Promise<unknown> = Promise.resolve();
    const result = await desk.run({}, async (_, run) => {
      late = new Promise((resolve) => run.signal.addEventListener('abort', resolve)).then(() => tool('late', () => 1));
      await new Promise(() => undefined);
    });
    expect(stopOf(result)).toBe('timeout: time limit reached: 0.03 s');
    await expect(late).rejects.toMatchObject({ name: 'timeout', agent: 'hanging' });
    expect(await recorded('hanging')).toMatchObject({ attributes: { 'error.type': 'timeout' } });
  });

  it('holds also when nothing is recorded', async () => {
    await shutdown();
    const desk = defineAgent({ name: 'unseen', mayCall: [], limits: { steps: 1 } });
    const result = await desk.run({}, async () => {
      await step('free', () => 1);
      await llm('first', () => 1);
      await llm('second', () => 1);
    });
    expect(stopOf(result)).toBe('max_steps: step limit reached: 1 of 1 steps');
    expect(result.traceId).toBe('0'.repeat(32));
    start({ service: 'support-api', endpoint: sink.url });
  });
});

describe('a stop condition', () => {
  it('is named in words, asked before every step, and no error', async () => {
    const words = 'two decisions in a row were unsure';
    const desk = defineAgent({
      name: 'careful',
      mayCall: [],
      stopWhen: {
        [words]: ({ decisions }) =>
          decisions.length > 1 && decisions.slice(-2).every(({ confidence }) => (confidence ?? 0) < 0.5),
      },
    });
    const unsure = () => ({ choice: 'a', confidence: 0.4, confidenceSource: 'heuristic' }) as const;
    const result = await desk.run({}, async () => {
      for (;;) await decide('guess', { options: ['a', 'b'], threshold: 0.5 }, unsure);
    });
    expect(stopOf(result)).toBe(`stop_condition: ${words}`);
    const { status, attributes } = await recorded('careful');
    expect(status?.code ?? 0).toBe(0);
    expect(attributes).toMatchObject({
      'telltale.loop.stop_detail': words,
      'telltale.loop.iteration': 2,
    });
    const guesses = sink.spans().filter(({ name }) => name === 'decide guess');
    expect(guesses.map((span) => [span.status?.code ?? 0, span.attributes['telltale.decision.outcome']])).toEqual([
      [0, undefined],
      [0, undefined],
      [0, 'skipped'],
    ]);
  });

  it('is asked at the end too, and one that fails counts as met', async () => {
    let isAngry = false;
    const polite = defineAgent({ name: 'polite', mayCall: [], stopWhen: { 'the customer is angry': () => isAngry } });
    expect(
      stopOf(
        await polite.run({}, () => {
          isAngry = true;
        }),
      ),
    ).toBe('stop_condition: the customer is angry');
    const broken = defineAgent({
      name: 'broken',
      mayCall: [],
      stopWhen: {
        'it is late': () => {
          throw new Error('no clock');
        },
      },
    });
    expect(stopOf(await broken.run({}, () => 1))).toBe(
      'stop_condition: the stop condition "it is late" failed: no clock',
    );
  });

  it('may be met by the agent itself, and by its caller', async () => {
    const desk = defineAgent({ name: 'giving-up', mayCall: [], escalateTo: 'ana' });
    const byItself = await desk.run({}, (_, run) => run.stop('the order is disputed'));
    expect(stopOf(byItself)).toBe('stop_condition: the order is disputed');
    const abort = new AbortController();
    const byCaller = await desk.run({}, { signal: abort.signal }, async () => {
      abort.abort();
      await wait(60_000, undefined, { ref: false });
    });
    expect(byCaller).toMatchObject({ status: 'stopped', stop: { reason: 'user_abort' }, escalation: null });
  });
});

describe('what carries a question to a person', () => {
  it('is no step of the agent: it may use tools that the agent may not', async () => {
    const desk = defineAgent({ name: 'asking', mayCall: [], limits: { steps: 1 } });
    const send = () => tool('slack.post', () => 'sent');
    const result = await desk.run({}, async () => {
      const unsure = () => ({ choice: 'a', confidence: 0.1, confidenceSource: 'heuristic' }) as const;
      const belowThreshold = { escalateTo: 'ana', notify: send };
      return decide('which', { options: ['a', 'b'], threshold: 0.5, belowThreshold }, unsure);
    });
    expect(result).toMatchObject({ status: 'finished', output: { choice: null, outcome: 'escalated' } });
    expect((await recorded('slack.post')).status?.code ?? 0).toBe(0);
  });
});

describe('agents within agents', () => {
  it('must be listed, and their steps count for the agent around them', async () => {
    const inner = defineAgent({ name: 'inner-agent', mayCall: ['deep'] });
    const outer = defineAgent({ name: 'outer-agent', mayCall: ['inner-agent'], limits: { steps: 3 } });
    const result = await outer.run({}, async () => {
      await inner.run({}, async () => {
        for (;;) await tool('deep', () => 1);
      });
    });
    // The inner agent's own start is the first step.
    expect(stopOf(result)).toBe('max_steps: step limit reached: 3 of 3 steps');
    const closed = defineAgent({ name: 'closed', mayCall: [] });
    expect(stopOf(await closed.run({}, () => agent('helper', () => 1)))).toBe(
      'tool_not_permitted: agent helper is not in the permitted list',
    );
  });

  it('end when the agent around them is out of time', async () => {
    const inner = defineAgent({ name: 'sleeper', mayCall: [], escalateTo: 'never' });
    const outer = defineAgent({ name: 'waker', mayCall: ['sleeper'], limits: { timeMs: 30 } });
    let innerEnd: Promise<unknown> = Promise.resolve();
    const result = await outer.run({}, () => {
      innerEnd = inner.run({}, () => new Promise(() => undefined));
      return innerEnd;
    });
    expect(stopOf(result)).toBe('timeout: time limit reached: 0.03 s');
    await expect(innerEnd).rejects.toMatchObject({ agent: 'waker' });
    const { attributes, status } = await recorded('sleeper');
    expect(attributes['telltale.loop.stop_reason']).toBe('timeout');
    expect(status?.code ?? 0).toBe(0);
  });
});
