// agent, tool, llm and escalate against a real receiver: what their spans say.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, escalate, flush, llm, shutdown, start, step, tool } from './index.ts';

let sink: OtlpSink;

beforeAll(async () => {
  sink = await openSink();
  start({ service: 'support-api', version: '2.14.1', environment: 'test', endpoint: sink.url });
});

afterAll(async () => {
  await shutdown();
  await sink.close();
});

describe('an agent', () => {
  it('gives its name, version, session and user to everything inside it', async () => {
    await agent('desk', { version: '1.2.0', sessionId: 's-1', userId: 'u-7' }, async () => {
      await step('inside', async () => {
        await tool('lookup.scope', () => 1);
      });
    });
    await flush();
    for (const name of ['desk', 'inside', 'lookup.scope']) {
      expect(sink.span(name).attributes).toMatchObject({
        'gen_ai.agent.name': 'desk',
        'gen_ai.agent.version': '1.2.0',
        'session.id': 's-1',
        'gen_ai.conversation.id': 's-1',
        'user.id': 'u-7',
      });
    }
    expect(sink.span('desk').attributes).toMatchObject({
      'telltale.step.kind': 'agent',
      'gen_ai.operation.name': 'invoke_agent',
    });
    expect(sink.span('desk').resource).toMatchObject({
      'service.name': 'support-api',
      'service.version': '2.14.1',
      'deployment.environment.name': 'test',
    });
  });

  it('inside another agent keeps the session and user, and has its own name and version', async () => {
    await agent('outer', { version: '1', sessionId: 's-2', userId: 'u-2' }, () =>
      agent('inner', () => step('innermost', () => undefined)),
    );
    await flush();
    const { attributes } = sink.span('innermost');
    expect(attributes).toMatchObject({ 'gen_ai.agent.name': 'inner', 'session.id': 's-2', 'user.id': 'u-2' });
    expect(attributes).not.toHaveProperty('gen_ai.agent.version');
    expect(sink.span('inner').parentSpanId).toBe(sink.span('outer').spanId);
  });

  it('returns what its function returns, sync or async, and records it as output', async () => {
    expect(await agent('sync', () => 42)).toBe(42);
    const answer = { paid: true };
    expect(await agent('async', { input: { order: 48213 } }, async () => answer)).toBe(answer);
    await flush();
    expect(sink.span('sync').attributes['telltale.step.output']).toBe('42');
    expect(sink.span('async').attributes).toMatchObject({
      'telltale.step.input': '{"order":48213}',
      'telltale.step.output': '{"paid":true}',
    });
  });
});

describe('the other kinds of step', () => {
  it('record a tool call as the conventions name it', async () => {
    await tool('orders.lookup', { input: { orderId: 48213 }, callId: 'call_1' }, () => ({ total: 129 }));
    await flush();
    expect(sink.span('orders.lookup').attributes).toMatchObject({
      'telltale.step.kind': 'tool',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'orders.lookup',
      'gen_ai.tool.call.id': 'call_1',
      'gen_ai.tool.call.arguments': '{"orderId":48213}',
      'gen_ai.tool.call.result': '{"total":129}',
    });
  });

  it('takes a reason to finish that came without its list', async () => {
    await llm('unlisted', (span) => void span.setResponse({ finishReasons: 'stop' as never }));
    await flush();
    expect(sink.span('unlisted').attributes['gen_ai.response.finish_reasons']).toEqual(['stop']);
  });

  it('record a model call with provider, models, usage and messages', async () => {
    const input = [
      { role: 'user', content: 'Where is order 48213?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'lookup', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'late' },
    ];
    await llm(
      'answer',
      { model: 'gpt-4.1', provider: 'openai', input, system: 'Be kind.', temperature: 0.2 },
      (span) => {
        span.setUsage({ inputTokens: 120, outputTokens: 9, cachedTokens: 100 });
        span.setResponse({ id: 'r1', model: 'gpt-4.1-2025', finishReasons: ['stop'] });
        return 'It is late.';
      },
    );
    await flush();
    const span = sink.span('answer');
    expect(span.kind).toBe(3);
    expect(span.attributes).toMatchObject({
      'telltale.step.kind': 'llm',
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4.1',
      'gen_ai.response.model': 'gpt-4.1-2025',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 120,
      'gen_ai.usage.output_tokens': 9,
      'gen_ai.usage.cache_read.input_tokens': 100,
      'gen_ai.system_instructions': '[{"type":"text","content":"Be kind."}]',
      'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"It is late."}]}]',
    });
    expect(span.attributes).not.toHaveProperty('gen_ai.usage.reasoning.output_tokens');
    expect(JSON.parse(String(span.attributes['gen_ai.input.messages']))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'Where is order 48213?' }] },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'lookup', arguments: '{}' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'late' }] },
    ]);
  });

  it('record an escalation with target and reason', async () => {
    await escalate('payments-oncall', { reason: 'three timeouts', input: { order: 48213 } });
    expect(await escalate('billing', { reason: 'unsure', targetType: 'queue' }, () => 'ticket 9')).toBe('ticket 9');
    await flush();
    expect(sink.span('escalate payments-oncall').attributes).toMatchObject({
      'telltale.step.kind': 'escalation',
      'telltale.escalation.target': 'payments-oncall',
      'telltale.escalation.target_type': 'human',
      'telltale.escalation.reason': 'three timeouts',
      'telltale.step.input': '{"order":48213}',
    });
    expect(sink.span('escalate billing').attributes['telltale.escalation.target_type']).toBe('queue');
  });

  it('link a retry to the attempt before it', async () => {
    const first = await step('attempt 1', (span) => span.retryAttempt(0, { maxAttempts: 3 }));
    await step('attempt 2', (span) => span.retryAttempt(1, { maxAttempts: 3, delaySeconds: 0.4, previous: first }));
    await flush();
    expect(sink.span('attempt 1').attributes['telltale.retry.attempt']).toBe(0);
    expect(sink.span('attempt 2').attributes).toMatchObject({
      'telltale.retry.attempt': 1,
      'telltale.retry.max_attempts': 3,
      'telltale.retry.delay': 0.4,
    });
    expect(sink.span('attempt 2').links).toMatchObject([{ spanId: sink.span('attempt 1').spanId }]);
  });
});
