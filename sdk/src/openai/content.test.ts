// What is recorded of contents: the switch, masks, and limits that keep head and tail.
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { completion, type OpenAIServer, openOpenAIServer } from '../../test-support/openai-server.ts';
import { type OtlpSink, openSink, type SinkSpan } from '../../test-support/otlp-sink.ts';
import { flush, observeOpenAI, shutdown, start } from '../index.ts';

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

function begin(more: Parameters<typeof start>[0] = {}): OpenAI {
  start({ service: 'desk', endpoint: sink.url, selfCheck: false, ...more });
  return observeOpenAI(new OpenAI({ apiKey: 'sk-test', baseURL: server.baseURL, maxRetries: 0 }));
}

async function span(name: string): Promise<SinkSpan> {
  await flush();
  return sink.span(name);
}

const MESSAGES = [
  { role: 'system' as const, content: 'Be brief.' },
  { role: 'user' as const, content: 'Capital of France?' },
];

describe('content', () => {
  async function attributesOf(client: OpenAI): Promise<string> {
    server.answerWith((reply) => reply.json(completion()));
    await client.chat.completions.create({ model: 'm', messages: MESSAGES, tools: [] });
    return JSON.stringify((await span('chat m')).attributes);
  }

  it('stays out by an option or the standard variable; usage stays in', async () => {
    const text = await attributesOf(begin({ captureContent: false }));
    expect(text).not.toMatch(/Capital|Paris|brief/);
    expect(text).toContain('"gen_ai.usage.input_tokens":57');
    await shutdown();
    vi.stubEnv('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'false');
    await sink.close();
    sink = await openSink();
    expect(await attributesOf(begin())).not.toMatch(/Capital|Paris|brief/);
  });

  it('is masked before it is cut, and keeps head and tail', async () => {
    const secret = `sk-${'x'.repeat(60)}`;
    const client = begin({
      mask: (text) => text.replace(/sk-x+/g, '[key]'),
      maxContentLength: 400,
    });
    server.answerWith((reply) => reply.json(completion()));
    const content = `HEAD ${'a'.repeat(180)}${secret}${'b'.repeat(3000)} TAIL`;
    await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content }] });
    const input = String((await span('chat m')).attributes['gen_ai.input.messages']);
    expect(input).not.toContain('sk-x');
    for (const part of ['HEAD', 'TAIL', 'characters cut']) expect(input).toContain(part);
    expect(input.length).toBeLessThan(600);
  });
});
