// observeOpenAI with the real package, against a server that speaks the protocol: answers, tools, helpers, content.
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { completion, type OpenAIServer, openOpenAIServer, response } from '../../test-support/openai-server.ts';
import { type OtlpSink, openSink, type SinkSpan } from '../../test-support/otlp-sink.ts';
import { agent, flush, observeOpenAI, shutdown, start } from '../index.ts';

let sink: OtlpSink;
let server: OpenAIServer;

beforeEach(async () => {
  [sink, server] = await Promise.all([openSink(), openOpenAIServer()]);
});
afterEach(async () => {
  await shutdown();
  vi.unstubAllEnvs();
  await Promise.all([sink.close(), server.close()]);
});

function newClient(options: { maxRetries?: number } = {}): OpenAI {
  return new OpenAI({ apiKey: 'sk-test', baseURL: server.baseURL, maxRetries: 0, ...options });
}

function begin(more: Parameters<typeof start>[0] = {}): OpenAI {
  start({ service: 'desk', endpoint: sink.url, selfCheck: false, ...more });
  return observeOpenAI(newClient());
}

async function span(name: string): Promise<SinkSpan> {
  await flush();
  return sink.span(name);
}

const MESSAGES = [
  { role: 'system' as const, content: 'Be brief.' },
  { role: 'user' as const, content: 'Capital of France?' },
];
const json = (value: unknown): unknown => JSON.parse(String(value));

describe('a chat completion', () => {
  it('is a span of the agent with model, usage, messages and answer, and the caller gets what the package gives', async () => {
    const client = begin();
    server.answerWith((reply) => reply.json(completion()));
    const answer = await agent('desk', () =>
      client.chat.completions.create({
        model: 'gpt-4.1-mini',
        messages: MESSAGES,
        temperature: 0,
        seed: 7,
        stop: 'END',
      }),
    );
    expect(answer.choices[0]?.message.content).toBe('Paris.');
    expect(answer._request_id).toBe('req_1');
    const call = await span('chat gpt-4.1-mini');
    expect(call.parentSpanId).toBe(sink.span('desk').spanId);
    expect(call.status?.code ?? 0).toBe(0);
    expect(call.attributes).toMatchObject({
      'telltale.step.kind': 'llm',
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.agent.name': 'desk',
      'gen_ai.request.model': 'gpt-4.1-mini',
      'gen_ai.request.temperature': 0,
      'gen_ai.request.seed': 7,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.response.model': 'gpt-4.1-mini-2025-04-14',
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 57,
      'gen_ai.usage.output_tokens': 12,
      'gen_ai.usage.cache_read.input_tokens': 32,
      'gen_ai.usage.reasoning.output_tokens': 4,
      'server.address': '127.0.0.1',
      'http.response.status_code': 200,
    });
    expect(json(call.attributes['gen_ai.input.messages'])).toEqual([
      { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
      { role: 'user', parts: [{ type: 'text', content: 'Capital of France?' }] },
    ]);
    expect(json(call.attributes['gen_ai.output.messages'])).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'Paris.' }], finish_reason: 'stop' },
    ]);
  });

  it('records tools, their calls and their answers', async () => {
    const client = begin();
    const call = {
      id: 'call_1',
      type: 'function' as const,
      function: { name: 'lookup', arguments: '{"order":48213}' },
    };
    server.answerWith((reply) =>
      reply.json(
        completion({
          choices: [
            {
              index: 0,
              finish_reason: 'tool_calls',
              message: { role: 'assistant', content: null, tool_calls: [call] },
            },
          ],
        }),
      ),
    );
    await client.chat.completions.create({
      model: 'm',
      messages: [
        ...MESSAGES,
        { role: 'assistant', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'late' },
      ],
      tools: [{ type: 'function', function: { name: 'lookup', parameters: {} } }],
    });
    const { attributes } = await span('chat m');
    const toolCall = { type: 'tool_call', id: 'call_1', name: 'lookup', arguments: '{"order":48213}' };
    expect(json(attributes['gen_ai.output.messages'])).toEqual([
      { role: 'assistant', parts: [toolCall], finish_reason: 'tool_calls' },
    ]);
    expect(json(attributes['gen_ai.input.messages'])).toContainEqual({
      role: 'tool',
      parts: [{ type: 'tool_call_response', id: 'call_1', response: 'late' }],
    });
    expect(json(attributes['gen_ai.tool.definitions'])).toMatchObject([{ function: { name: 'lookup' } }]);
  });

  it('sums up log-probabilities, and records several choices and refusals', async () => {
    const client = begin();
    const logprobs = {
      content: [
        { token: 'P', logprob: -0.1 },
        { token: 'aris', logprob: -0.5 },
      ],
    };
    server.answerWith((reply) =>
      reply.json(
        completion({
          choices: [
            { index: 0, finish_reason: 'stop', logprobs, message: { role: 'assistant', content: 'Paris' } },
            { index: 1, finish_reason: 'stop', message: { role: 'assistant', content: null, refusal: 'No.' } },
          ],
        }),
      ),
    );
    await client.chat.completions.create({ model: 'm', messages: MESSAGES, n: 2, logprobs: true });
    const { attributes } = await span('chat m');
    expect(attributes).toMatchObject({ 'gen_ai.request.choice.count': 2, 'telltale.logprobs.count': 2 });
    expect(attributes['telltale.logprobs.mean']).toBeCloseTo(-0.3);
    expect(attributes['telltale.logprobs.min']).toBeCloseTo(-0.5);
    expect(json(attributes['gen_ai.output.messages'])).toMatchObject([
      { parts: [{ content: 'Paris' }] },
      { parts: [{ type: 'refusal', content: 'No.' }] },
    ]);
  });
});

describe('the other calls', () => {
  it('a response is a chat with instructions, items and usage', async () => {
    const client = begin();
    server.answerWith((reply) => reply.json(response()));
    const answer = await client.responses.create({
      model: 'gpt-4.1-mini',
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'Capital?' }] },
        { type: 'function_call', call_id: 'c1', name: 'lookup', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'FR' },
      ],
    });
    expect(answer.output_text).toBe('Paris.');
    const { attributes } = await span('chat gpt-4.1-mini');
    expect(attributes).toMatchObject({
      'gen_ai.response.id': 'resp_1',
      'gen_ai.response.finish_reasons': ['completed'],
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 8,
      'gen_ai.usage.reasoning.output_tokens': 2,
    });
    expect(json(attributes['gen_ai.system_instructions'])).toEqual([{ type: 'text', content: 'Be brief.' }]);
    expect(json(attributes['gen_ai.input.messages'])).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'Capital?' }] },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'lookup', arguments: '{}' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'FR' }] },
    ]);
    expect(json(attributes['gen_ai.output.messages'])).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'Paris.' }] },
    ]);
  });

  it('a response that says of itself that it failed is an error', async () => {
    const client = begin();
    const error = { code: 'server_error', message: 'The model broke.' };
    server.answerWith((reply) => reply.json(response({ status: 'failed', error, output: [] })));
    await client.responses.create({ model: 'm', input: 'Hi' });
    const failed = await span('chat m');
    expect(failed.status).toEqual({ code: 2, message: 'The model broke.' });
    expect(failed.attributes['error.type']).toBe('server_error');
  });

  it('embeddings have their input, usage and dimensions, and no vectors', async () => {
    const client = begin();
    const data = [{ object: 'embedding', index: 0, embedding: [0.1, 0.2, 0.3] }];
    server.answerWith((reply) =>
      reply.json({
        object: 'list',
        data,
        model: 'text-embedding-3-small',
        usage: { prompt_tokens: 4, total_tokens: 4 },
      }),
    );
    const answer = await client.embeddings.create({
      model: 'text-embedding-3-small',
      input: 'late order',
      encoding_format: 'float',
    });
    expect(answer.data[0]?.embedding).toEqual([0.1, 0.2, 0.3]);
    const { attributes } = await span('embeddings text-embedding-3-small');
    expect(attributes).toMatchObject({
      'telltale.step.kind': 'embedding',
      'gen_ai.usage.input_tokens': 4,
      'gen_ai.embeddings.dimension.count': 3,
      'telltale.step.input': 'late order',
    });
    expect(attributes['telltale.step.output']).toBeUndefined();
  });

  it('an old completion has its prompt and text', async () => {
    const client = begin();
    server.answerWith((reply) =>
      reply.json({ id: 'cmpl-1', model: 'm', choices: [{ index: 0, text: 'Paris', finish_reason: 'length' }] }),
    );
    await client.completions.create({ model: 'm', prompt: 'Capital?' });
    const { attributes } = await span('text_completion m');
    expect(json(attributes['gen_ai.output.messages'])).toMatchObject([{ parts: [{ content: 'Paris' }] }]);
    expect(attributes['gen_ai.response.finish_reasons']).toEqual(['length']);
  });
});

describe('what the package offers beside the answer', () => {
  it('withResponse, parse and asResponse work, each with one span', async () => {
    const client = begin();
    server.answerWith((reply) => reply.json(completion()));
    const ask = (model: string) => client.chat.completions.create({ model, messages: MESSAGES });
    const { data, response: raw, request_id: id } = await ask('with').withResponse();
    expect([data.id, raw.status, id]).toEqual(['chatcmpl-1', 200, 'req_1']);
    const read = await (await ask('raw').asResponse()).json();
    expect((read as { id: string }).id).toBe('chatcmpl-1');
    const parsed = await client.chat.completions.parse({ model: 'parse', messages: MESSAGES });
    expect(parsed.choices[0]?.message.parsed).toBeNull();
    expect((await span('chat with')).attributes['gen_ai.usage.input_tokens']).toBe(57);
    expect((await span('chat parse')).attributes['gen_ai.usage.input_tokens']).toBe(57);
    await vi.waitFor(async () => expect((await span('chat raw')).attributes['http.response.status_code']).toBe(200));
    expect(sink.span('chat raw').events[0]?.attributes['telltale.warning.code']).toBe('answer_not_read');
    expect(sink.spans()).toHaveLength(3);
  });

  it('a client made with withOptions is observed, and observing twice makes one span', async () => {
    const client = observeOpenAI(observeOpenAI(begin()).withOptions({ timeout: 5_000 }));
    server.answerWith((reply) => reply.json(completion()));
    await client.chat.completions.create({ model: 'm', messages: MESSAGES });
    expect((await span('chat m')).attributes['gen_ai.response.id']).toBe('chatcmpl-1');
  });

  it('without start() the client works as before', async () => {
    const client = observeOpenAI(newClient());
    server.answerWith((reply) => reply.json(completion()));
    expect((await client.chat.completions.create({ model: 'm', messages: MESSAGES })).id).toBe('chatcmpl-1');
  });
});
