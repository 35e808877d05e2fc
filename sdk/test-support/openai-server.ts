// A local server that speaks the OpenAI protocol, errors and server-sent events included, and misbehaves as a test says.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  path: string;
  body: Record<string, unknown>;
}

export interface OpenAIServer {
  /** With /v1, as the client's `baseURL` takes it. */
  baseURL: string;
  asked: Asked[];
  answerWith: (answer: (reply: Reply, asked: Asked) => void) => void;
  close: () => Promise<void>;
}

export class Reply {
  readonly raw: ServerResponse;

  constructor(raw: ServerResponse) {
    this.raw = raw;
  }

  json(body: unknown, status = 200, headers: Record<string, string> = {}): void {
    this.raw
      .writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1', ...headers })
      .end(JSON.stringify(body));
  }

  error(status: number, type: string, headers: Record<string, string> = {}): void {
    this.json({ error: { message: `${type} from the server`, type, code: type, param: null } }, status, headers);
  }

  /** Begins a stream; `event` names each event, as the Responses API does. */
  stream(chunks: readonly unknown[], withNames = false): this {
    this.raw.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_1' });
    for (const chunk of chunks) {
      const name = withNames ? `event: ${(chunk as { type: string }).type}\n` : '';
      this.raw.write(`${name}data: ${JSON.stringify(chunk)}\n\n`);
    }
    return this;
  }

  done(): void {
    this.raw.end('data: [DONE]\n\n');
  }
}

export async function openOpenAIServer(): Promise<OpenAIServer> {
  const asked: Asked[] = [];
  let answer = (reply: Reply, _asked: Asked): void => reply.error(500, 'no_answer_set');
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const one = { path: request.url ?? '', body: JSON.parse(text) as Record<string, unknown> };
      asked.push(one);
      answer(new Reply(response), one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    answerWith: (next) => {
      answer = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A chat completion; `over` replaces parts of it. */
export function completion(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4.1-mini-2025-04-14',
    system_fingerprint: 'fp_1',
    service_tier: 'default',
    choices: [{ index: 0, finish_reason: 'stop', logprobs: null, message: { role: 'assistant', content: 'Paris.' } }],
    usage: {
      prompt_tokens: 57,
      completion_tokens: 12,
      total_tokens: 69,
      prompt_tokens_details: { cached_tokens: 32 },
      completion_tokens_details: { reasoning_tokens: 4 },
    },
    ...over,
  };
}

/** A chunk of a chat stream. */
export function chunk(delta: Record<string, unknown>, over: Record<string, unknown> = {}): Record<string, unknown> {
  const { choice = {}, ...rest } = over as { choice?: Record<string, unknown> };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4.1-mini-2025-04-14',
    choices: [{ index: 0, delta, finish_reason: null, ...choice }],
    ...rest,
  };
}

/** A response of the Responses API. */
export function response(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'gpt-4.1-mini-2025-04-14',
    error: null,
    incomplete_details: null,
    output: [
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Paris.', annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 20,
      output_tokens: 5,
      total_tokens: 25,
      input_tokens_details: { cached_tokens: 8 },
      output_tokens_details: { reasoning_tokens: 2 },
    },
    ...over,
  };
}
