import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type OtlpSink, openSink, type SinkSpan } from '../test-support/otlp-sink.ts';
import {
  type AgentResult,
  AgentStopped,
  decide,
  defineAgent,
  type EscalationContext,
  flush,
  llm,
  shutdown,
  spend,
  start,
  tool,
} from './index.ts';

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

const Request = z.object({ orderId: z.number().int(), message: z.string().default('') });
const Reply = z.object({ text: z.string().max(20) });

function stopOf<T>(result: AgentResult<T>): string {
  return result.status === 'stopped' ? `${result.stop.reason}: ${result.stop.detail}` : 'finished';
}

describe('inside its scope', () => {
  it('runs, with input and output as the schemas make them, and everything named', async () => {
    const desk = defineAgent({
      name: 'inside',
      version: '1.2.0',
      accepts: Request,
      produces: Reply,
      mayCall: ['orders.lookup'],
      limits: { steps: 5, costUsd: 0.1, timeMs: 60_000 },
    });
    const result = await desk.run({ orderId: 7 }, { sessionId: 's-1' }, async (request, run) => {
      expectTypeOf(request).toEqualTypeOf<{ orderId: number; message: string }>();
      expect(request.message).toBe('');
      await tool('orders.lookup', () => 1);
      await llm('plan', (span) => {
        span.setUsage({ inputTokens: 10, costUsd: 0.02 });
      });
      spend(0.01);
      run.spend(0.03);
      expect(run.state).toMatchObject({ steps: 2, lastSteps: ['tool orders.lookup', 'llm plan'] });
      expect(run.state.costUsd).toBeCloseTo(0.06, 10);
      return { text: 'paid' };
    });
    expect(result).toMatchObject({ status: 'finished', output: { text: 'paid' } });
    const { attributes, traceId, status } = await recorded('inside');
    expect(result.traceId).toBe(traceId);
    expect(status?.code ?? 0).toBe(0);
    expect(attributes).toMatchObject({
      'telltale.step.kind': 'agent',
      'gen_ai.agent.name': 'inside',
      'gen_ai.agent.version': '1.2.0',
      'session.id': 's-1',
      'telltale.scope.may_call': ['orders.lookup'],
      'telltale.loop.iteration': 2,
      'telltale.loop.max_iterations': 5,
      'telltale.loop.stop_reason': 'goal_reached',
      'telltale.budget.limit_usd': 0.1,
      'telltale.budget.time_limit': 60,
      'telltale.step.output': '{"text":"paid"}',
    });
    expect(sink.span('orders.lookup').attributes['gen_ai.agent.name']).toBe('inside');
    expect(sink.span('plan').attributes['gen_ai.usage.cost']).toBe(0.02);
  });

  it('rejects with what its own code throws, and that is no stop', async () => {
    const error = new RangeError('a bug');
    const run = defineAgent({ name: 'buggy', mayCall: [] }).run({}, () => Promise.reject(error));
    await expect(run).rejects.toBe(error);
    const { attributes } = await recorded('buggy');
    expect(attributes['error.type']).toBe('RangeError');
    expect(attributes).not.toHaveProperty('telltale.loop.stop_reason');
  });

  it('takes any Standard Schema, and anything with safeParse', async () => {
    const standard = {
      '~standard': {
        version: 1,
        vendor: 'ours',
        validate: async (value: unknown) =>
          typeof value === 'string'
            ? { value: value.length }
            : { issues: [{ message: 'no text', path: [{ key: 'a' }] }] },
        types: undefined as { input: string; output: number } | undefined,
      },
    } as const;
    const old = {
      safeParse: (value: unknown) =>
        value === 'ok'
          ? { success: true as const, data: 'ok' as const }
          : { success: false as const, error: { issues: [{ message: 'not ok', path: ['b', 0] }] } },
    };
    const both = defineAgent({ name: 'anyones', accepts: standard, produces: old, mayCall: [] });
    const good = await both.run('text', (length) => {
      expectTypeOf(length).toEqualTypeOf<number>();
      return length === 4 ? 'ok' : untyped('bad');
    });
    expect(good).toMatchObject({ status: 'finished', output: 'ok' });
    expect(stopOf(await both.run(untyped(1), () => 'ok'))).toBe(
      'input_out_of_scope: the input is outside its scope (a: no text)',
    );
    expect(stopOf(await both.run('text', () => untyped('bad')))).toBe(
      'output_out_of_scope: the output is not what it may give back (b.0: not ok)',
    );
  });
});

/** What a program without types may pass. */
const untyped = (value: unknown): never => value as never;

describe('outside its scope', () => {
  it('does not start on other input; that is foreseen, so it is no error', async () => {
    let ran = false;
    const desk = defineAgent({ name: 'choosy', accepts: Request, mayCall: [], escalateTo: 'front-office' });
    const result = await desk.run(untyped({ orderId: 'x', message: 3 }), () => {
      ran = true;
    });
    expect(ran).toBe(false);
    expect(result).toMatchObject({
      status: 'stopped',
      stop: {
        reason: 'input_out_of_scope',
        issues: [expect.stringContaining('orderId'), expect.stringContaining('message')],
      },
      escalation: { delivered: true },
    });
    const { attributes, status } = await recorded('choosy');
    expect(status?.code ?? 0).toBe(0);
    expect(attributes['telltale.loop.stop_reason']).toBe('input_out_of_scope');
    expect(attributes['telltale.loop.stop_detail']).toMatch(
      /^the input is outside its scope \(orderId: .*, and 1 more\)$/,
    );
    expect(attributes['telltale.scope.issues']).toHaveLength(2);
    expect(sink.span('escalate front-office').attributes['telltale.escalation.asked']).toBe(
      'Decide who answers this: it is not what choosy is for.',
    );
  });

  it('refuses a tool that is not in the list: the call has a span, its function does not run, the run stops', async () => {
    let paid = false;
    const notified: EscalationContext[] = [];
    const desk = defineAgent({
      name: 'thrifty',
      version: '3',
      mayCall: ['orders.lookup'],
      escalateTo: { target: 'payments-oncall', notify: (context) => notified.push(context) },
    });
    const result = await desk.run({ order: 9 }, { userId: 'c-9' }, async () => {
      await decide('route', { options: ['pay', 'hold'], threshold: 0.5 }, () => ({
        choice: 'pay',
        confidence: 0.8,
        confidenceSource: 'heuristic',
      }));
      await tool('orders.lookup', () => 1).catch(() => undefined);
      await tool('payments.wire', () => {
        paid = true;
      }).catch(() => undefined);
      // The stop is not undone by catching it.
      await expect(tool('orders.lookup', () => 1)).rejects.toBeInstanceOf(AgentStopped);
      return 'done all the same';
    });
    expect(paid).toBe(false);
    expect(stopOf(result)).toBe('tool_not_permitted: tool payments.wire is not in the permitted list');
    const refused = await recorded('payments.wire');
    expect(refused.attributes).toMatchObject({ 'error.type': 'tool_not_permitted', 'telltale.step.kind': 'tool' });
    const later = sink
      .spans()
      .filter(({ name, attributes }) => name === 'orders.lookup' && attributes['gen_ai.agent.name'] === 'thrifty');
    expect(later.map(({ status }) => status?.code ?? 0)).toEqual([0, 0]);
    const run = sink.span('thrifty');
    expect(run.status).toEqual({
      code: 2,
      message: 'thrifty stopped: tool payments.wire is not in the permitted list',
    });
    expect(run.attributes).toMatchObject({
      'error.type': 'tool_not_permitted',
      'telltale.loop.stop_reason': 'tool_not_permitted',
      'telltale.loop.stop_detail': 'tool payments.wire is not in the permitted list',
    });
    expect(run.attributes).not.toHaveProperty('telltale.step.output');
    expect(sink.span('escalate payments-oncall').parentSpanId).toBe(run.spanId);
    expect(notified).toHaveLength(1);
    expect(notified[0]).toMatchObject({
      reason: 'tool payments.wire is not in the permitted list',
      asked: 'Decide whether thrifty may use payments.wire, and finish this request.',
      agent: { name: 'thrifty', version: '3' },
      userId: 'c-9',
      traceId: run.traceId,
      lastDecision: { name: 'route', choice: 'pay', confidence: 0.8 },
      input: { order: 9 },
      progress: { steps: 2 },
    });
  });

  it('holds back an output of another form', async () => {
    const desk = defineAgent({ name: 'wordy', produces: Reply, mayCall: [] });
    const result = await desk.run({}, () => ({ text: 'much more than twenty characters' }));
    expect(stopOf(result)).toMatch(/^output_out_of_scope: the output is not what it may give back \(text: /);
    expect(await recorded('wordy')).toMatchObject({ status: { code: 2 } });
  });

  it('says when the escalation itself failed', async () => {
    const down = new Error('mail is down');
    const notify = () => Promise.reject(down);
    const desk = defineAgent({
      name: 'unheard',
      accepts: Request,
      mayCall: [],
      escalateTo: { target: 'nobody', notify },
    });
    const result = await desk.run(untyped(0), () => undefined);
    expect(result).toMatchObject({ status: 'stopped', escalation: { delivered: false, answer: down } });
    expect((await recorded('escalate nobody')).status?.message).toBe('mail is down');
  });
});

describe('a definition', () => {
  it('that is wrong is refused when it is made, with what to do', () => {
    const wrong = (definition: object) => () => defineAgent(untyped({ name: 'x', mayCall: [], ...definition }));
    expect(wrong({ name: ' ' })).toThrow('the agent needs a name');
    expect(wrong({ mayCall: undefined })).toThrow('[] means none');
    expect(wrong({ limits: { steps: 0 } })).toThrow('limits.steps must be a number above 0');
    expect(wrong({ limits: { cost: 1 } })).toThrow('there are steps, costUsd and timeMs');
    expect(wrong({ limits: { timeMs: 2 ** 31 } })).toThrow('at most');
    expect(wrong({ stopWhen: { late: true } })).toThrow('the stop condition "late" must be a function');
  });
});
