// A stand-in for a model provider: the OpenAI chat completions protocol over real HTTP, with usage, logprobs and errors.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './listen.ts';

/** One scripted answer. */
export interface ModelReply {
  text: string;
  /** Probabilities of the first token, for requests that ask for logprobs. */
  probabilities?: Record<string, number>;
}

export interface ModelFailure {
  status: number;
  message: string;
}

/** Finds the answer for a request's `metadata`; the script decides what happens. */
export type ModelScript = (metadata: Record<string, string>) => ModelReply | ModelFailure;

export interface FakeModel {
  /** Base address; requests go to `/v1/chat/completions`. */
  url: string;
  close: () => Promise<void>;
}

/** Providers answer with the dated name of the model that served the call. */
const SERVED_AS: Record<string, string> = {
  'gpt-4.1': 'gpt-4.1-2025-04-14',
  'gpt-4.1-mini': 'gpt-4.1-mini-2025-04-14',
  'claude-sonnet-4': 'claude-sonnet-4-20250514',
};

interface ChatRequest {
  model: string;
  messages: Array<{ role: string; content: string }>;
  logprobs?: boolean;
  metadata?: Record<string, string>;
}

/** Listens on a free port of this machine. `thinkMs` is how long it takes to answer. */
export async function startFakeModel(
  script: ModelScript,
  thinkMs: (metadata: Record<string, string>) => number,
): Promise<FakeModel> {
  let served = 0;
  const server = createServer(async (req, res) => {
    if (req.method !== 'POST' || req.url !== '/v1/chat/completions') return send(res, 404, failure('unknown path'));
    const request: ChatRequest = JSON.parse(await read(req));
    const metadata = request.metadata ?? {};
    await new Promise((resolve) => setTimeout(resolve, thinkMs(metadata)));
    const reply = script(metadata);
    served += 1;
    if ('status' in reply)
      return send(res, reply.status, failure(reply.message), { 'retry-after': '1', 'retry-after-ms': '120' });
    return send(res, 200, completion(request, reply, served));
  });
  return listen(server);
}

function completion(request: ChatRequest, reply: ModelReply, count: number): unknown {
  const promptTokens = request.messages.reduce((sum, message) => sum + tokens(message.content), 0);
  const completionTokens = tokens(reply.text);
  return {
    id: `chatcmpl-demo-${count}`,
    object: 'chat.completion',
    model: SERVED_AS[request.model] ?? request.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: reply.text },
        finish_reason: 'stop',
        logprobs: request.logprobs ? { content: [firstToken(reply.probabilities ?? {})] } : null,
      },
    ],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
      // The system prompt is the same in every call, so providers serve it from their cache.
      prompt_tokens_details: { cached_tokens: tokens(request.messages[0]?.content ?? '') },
    },
  };
}

function firstToken(probabilities: Record<string, number>): unknown {
  const top = Object.entries(probabilities)
    .map(([token, probability]) => ({ token, logprob: Math.log(probability) }))
    .sort((a, b) => b.logprob - a.logprob);
  return { ...top[0], top_logprobs: top };
}

/** Roughly one token per four letters, and one per Chinese character. */
function tokens(text: string): number {
  const wide = (text.match(/[\u3000-\u9fff\uff00-\uffef]/g) ?? []).length;
  return Math.ceil((text.length - wide) / 4) + wide;
}

function failure(message: string): unknown {
  return { error: { message, type: 'server_error' } };
}

async function read(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function send(res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
