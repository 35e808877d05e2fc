// Calls that fail, and streams in all the ways they end: each must end its span, as an error where it is one. Several
// popular tracers lose these.
import type { ServerResponse } from 'node:http';
import OpenAI, { APIUserAbortError } from 'openai';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chunk, completion, type OpenAIServer, openOpenAIServer, response } from '../../test-support/openai-server.ts';
import { type OtlpSink, openSink, type SinkSpan } from '../../test-support/otlp-sink.ts';
import { runCode } from '../../test-support/run-example.ts';
import { flush, observeOpenAI, shutdown, start } from '../index.ts';

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

function newClient(more: { maxRetries?: number; timeout?: number; includeUsage?: boolean } = {}): OpenAI {
  const { includeUsage, ...options } = more;
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: server.baseURL, maxRetries: 0, ...options });
  return observeOpenAI(client, { includeUsage });
}

const BODY = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };
const STREAM = { ...BODY, stream: true as const };
const PIECES = [chunk({ role: 'assistant', content: 'Par' }), chunk({ content: 'is' })];
const LAST = chunk({}, { choice: { finish_reason: 'stop' } });

/** The span of the call, once it has ended. */
function ended(): Promise<SinkSpan> {
  return vi.waitFor(
    async () => {
      await flush();
      return sink.span('chat m');
    },
    { timeout: 20_000, interval: 20 },
  );
}

const answerIn = (span: SinkSpan): unknown => JSON.parse(String(span.attributes['gen_ai.output.messages']));

/** @param onRead gets how many pieces were read so far */
async function readAll(stream: AsyncIterable<unknown>, onRead = (_count: number): void => undefined): Promise<number> {
  let count = 0;
  for await (const _ of stream) onRead(++count);
  return count;
}

/** Answers with a stream that never ends. @returns what cuts its connection: after reading, or what was sent is lost too */
function streamToCut(pieces: readonly unknown[], withNames = false): (count: number) => void {
  let connection: ServerResponse | undefined;
  server.answerWith((reply) => {
    connection = reply.stream(pieces, withNames).raw;
  });
  return (count) => {
    if (count === pieces.length) connection?.destroy();
  };
}

describe('a call that fails', () => {
  it.each([
    [429, 'RateLimitError'],
    [500, 'InternalServerError'],
    [401, 'AuthenticationError'],
    [400, 'BadRequestError'],
  ])('%i ends its span as %s, and the caller gets the error of the package', async (status, name) => {
    server.answerWith((reply) => reply.error(status, 'some_error'));
    const error: unknown = await newClient()
      .chat.completions.create(BODY)
      .catch((thrown: unknown) => thrown);
    expect((error as Error).constructor.name).toBe(name);
    const span = await ended();
    expect(span.status?.code).toBe(2);
    expect(span.attributes).toMatchObject({ 'error.type': name, 'http.response.status_code': status });
    expect(span.events.map((event) => event.name)).toEqual(['exception']);
  });

  it('the retries of the package are one call, which may end well', async () => {
    let calls = 0;
    server.answerWith((reply) =>
      ++calls < 3 ? reply.error(429, 'rate_limit', { 'retry-after-ms': '1' }) : reply.json(completion()),
    );
    await newClient({ maxRetries: 2 }).chat.completions.create(BODY);
    expect(calls).toBe(3);
    expect((await ended()).status?.code ?? 0).toBe(0);
  });

  it('no answer in time ends it as a timeout', async () => {
    server.answerWith(() => undefined);
    await expect(newClient({ timeout: 100 }).chat.completions.create(BODY)).rejects.toThrow('timed out');
    expect((await ended()).attributes['error.type']).toBe('APIConnectionTimeoutError');
  });

  it('an abort before the answer is an error', async () => {
    const controller = new AbortController();
    server.answerWith(() => controller.abort());
    const call = newClient().chat.completions.create(BODY, { signal: controller.signal });
    await expect(call).rejects.toBeInstanceOf(APIUserAbortError);
    expect((await ended()).attributes['error.type']).toBe('APIUserAbortError');
  });

  it('a connection that is cut, and a body that is no JSON, are errors', async () => {
    server.answerWith((reply) => reply.raw.destroy());
    await expect(newClient().chat.completions.create(BODY)).rejects.toThrow();
    expect((await ended()).attributes['error.type']).toBe('APIConnectionError');
    server.answerWith((reply) => reply.raw.writeHead(200, { 'content-type': 'application/json' }).end('{"id":'));
    await expect(newClient().chat.completions.create({ ...BODY, model: 'broken' })).rejects.toThrow();
    await flush();
    expect(sink.span('chat broken').status?.code).toBe(2);
  });

  it('an error that nobody handles ends the process as it would have, and is recorded', async () => {
    server.answerWith((reply) => reply.error(500, 'server_error'));
    const run = await runCode(
      `import OpenAI from 'openai';
      import { observeOpenAI, start } from '@telltale/sdk';
      start({ service: 'desk', endpoint: '${sink.url}' });
      const client = observeOpenAI(new OpenAI({ apiKey: 'k', baseURL: '${server.baseURL}', maxRetries: 0 }));
      void client.chat.completions.create({ model: 'm', messages: [] });`,
      {},
    );
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('500 server_error from the server');
    expect(sink.span('chat m').attributes['error.type']).toBe('InternalServerError');
  });
});

describe('a chat stream', () => {
  it('read to its end has the whole answer, and usage when it came', async () => {
    const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
    server.answerWith((reply) => reply.stream([...PIECES, LAST, { ...chunk({}), choices: [], usage }]).done());
    const stream = await newClient().chat.completions.create(STREAM);
    expect(await readAll(stream)).toBe(4);
    expect(server.asked[0]?.body.stream_options).toBeUndefined();
    const span = await ended();
    expect(answerIn(span)).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'Paris' }], finish_reason: 'stop' },
    ]);
    expect(span.attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'telltale.stream.end': 'complete',
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.response.finish_reasons': ['stop'],
    });
    expect(span.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
    expect(span.status?.code ?? 0).toBe(0);
  });

  it('asks for usage when the option is set, unless the request says otherwise', async () => {
    server.answerWith((reply) => reply.stream([...PIECES, LAST]).done());
    const client = newClient({ includeUsage: true });
    await readAll(await client.chat.completions.create(STREAM));
    await readAll(await client.chat.completions.create({ ...STREAM, stream_options: { include_usage: false } }));
    await client.chat.completions.create(BODY).catch(() => undefined);
    const asked = server.asked.map(({ body }) => body.stream_options);
    expect(asked).toEqual([{ include_usage: true }, { include_usage: false }, undefined]);
    expect(STREAM).not.toHaveProperty('stream_options');
  });

  it('left early ends with what came, and is no error', async () => {
    server.answerWith((reply) => void reply.stream([...PIECES, LAST]));
    for await (const _ of await newClient().chat.completions.create(STREAM)) break;
    const span = await ended();
    expect(span.attributes['telltale.stream.end']).toBe('left_early');
    expect(answerIn(span)).toMatchObject([{ parts: [{ content: 'Par' }] }]);
    expect(span.status?.code ?? 0).toBe(0);
  });

  it('aborted by the application is an error, though the package ends it without a word', async () => {
    server.answerWith((reply) => void reply.stream(PIECES));
    const stream = await newClient().chat.completions.create(STREAM);
    let read = 0;
    for await (const _ of stream) if (++read === 2) stream.controller.abort();
    expect(read).toBe(2);
    const span = await ended();
    expect(span.attributes).toMatchObject({ 'error.type': 'APIUserAbortError', 'telltale.stream.end': 'aborted' });
    expect(answerIn(span)).toMatchObject([{ parts: [{ content: 'Paris' }] }]);
  });

  it('cut in the middle is an error with what came', async () => {
    const cutAfter = streamToCut(PIECES);
    const stream = await newClient().chat.completions.create(STREAM);
    await expect(readAll(stream, cutAfter)).rejects.toThrow();
    const span = await ended();
    expect(span.status?.code).toBe(2);
    expect(span.attributes['telltale.stream.end']).toBe('failed');
    expect(answerIn(span)).toMatchObject([{ parts: [{ content: 'Paris' }] }]);
  });

  it('an error in the middle of the stream is an error', async () => {
    server.answerWith((reply) => reply.stream([...PIECES, { error: { message: 'overloaded', code: 'busy' } }]).done());
    await expect(readAll(await newClient().chat.completions.create(STREAM))).rejects.toThrow('overloaded');
    expect((await ended()).status?.message).toContain('overloaded');
  });

  it('puts tool calls together from their pieces', async () => {
    const piece = (args: string, more = {}) =>
      chunk({ tool_calls: [{ index: 0, ...more, function: { arguments: args } }] });
    const first = chunk({
      tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'lookup', arguments: '' } }],
    });
    server.answerWith((reply) => reply.stream([first, piece('{"a"'), piece(':1}'), LAST]).done());
    await readAll(await newClient().chat.completions.create(STREAM));
    expect(answerIn(await ended())).toMatchObject([
      { parts: [{ type: 'tool_call', id: 'c1', name: 'lookup', arguments: '{"a":1}' }] },
    ]);
  });

  it('tee, toReadableStream and the stream helper go on working', async () => {
    server.answerWith((reply) => reply.stream([...PIECES, LAST]).done());
    const client = newClient();
    const [left, right] = (await client.chat.completions.create({ ...STREAM, model: 'tee' })).tee();
    expect(await Promise.all([readAll(left), readAll(right)])).toEqual([3, 3]);
    const readable = (await client.chat.completions.create({ ...STREAM, model: 'web' })).toReadableStream();
    expect(await readAll(readable as unknown as AsyncIterable<unknown>)).toBe(3);
    const final = await client.chat.completions.stream({ ...BODY, model: 'helper' }).finalContent();
    expect(final).toBe('Paris');
    await flush();
    for (const model of ['tee', 'web', 'helper'])
      expect(answerIn(sink.span(`chat ${model}`))).toMatchObject([{ parts: [{ content: 'Paris' }] }]);
    expect(sink.spans()).toHaveLength(3);
  });
});

describe('a stream of the Responses API', () => {
  const created = { type: 'response.created', response: response({ status: 'in_progress', output: [], usage: null }) };
  const delta = {
    type: 'response.output_text.delta',
    item_id: 'msg_1',
    output_index: 0,
    content_index: 0,
    delta: 'Par',
  };

  it('read to its end has the response; cut, the text so far and an error', async () => {
    const client = newClient();
    const completed = { type: 'response.completed', response: response() };
    server.answerWith((reply) => reply.stream([created, delta, completed], true).raw.end());
    await readAll(await client.responses.create({ model: 'm', input: 'Hi', stream: true }));
    const span = await ended();
    expect(answerIn(span)).toEqual([{ role: 'assistant', parts: [{ type: 'text', content: 'Paris.' }] }]);
    expect(span.attributes['gen_ai.usage.output_tokens']).toBe(5);
    const cutAfter = streamToCut([created, delta], true);
    const stream = await client.responses.create({ model: 'cut', input: 'Hi', stream: true });
    await expect(readAll(stream, cutAfter)).rejects.toThrow();
    await flush();
    const cut = sink.span('chat cut');
    expect(answerIn(cut)).toEqual([{ role: 'assistant', parts: [{ type: 'text', content: 'Par' }] }]);
    expect(cut.status?.code).toBe(2);
  });

  it('that says it failed is an error', async () => {
    const failed = {
      type: 'response.failed',
      response: response({ status: 'failed', output: [], error: { code: 'server_error', message: 'broke' } }),
    };
    server.answerWith((reply) => reply.stream([created, failed], true).raw.end());
    await readAll(await newClient().responses.create({ model: 'm', input: 'Hi', stream: true }));
    expect((await ended()).status).toEqual({ code: 2, message: 'broke' });
  });
});
