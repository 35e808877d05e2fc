// A stand-in for a model provider: the OpenAI protocol over real HTTP. Chat completions, whole or streamed, with usage,
// logprobs and errors; embeddings.
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
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
  metadata?: Record<string, string>;
}

/** Listens on a free port of this machine. `thinkMs` is how long it takes to answer. */
export async function startFakeModel(
  script: ModelScript,
  thinkMs: (metadata: Record<string, string>) => number,
): Promise<FakeModel> {
  let served = 0;
  const server = createServer(async (req, res) => {
    if (req.method !== 'POST') return send(res, 405, failure('POST is what is understood here'));
    const body: unknown = JSON.parse(await read(req));
    if (req.url === '/v1/embeddings') return send(res, 200, embeddings(body as EmbeddingsRequest));
    if (req.url !== '/v1/chat/completions') return send(res, 404, failure('unknown path'));
    const request = body as ChatRequest;
    const metadata = request.metadata ?? {};
    await new Promise((resolve) => setTimeout(resolve, thinkMs(metadata)));
    const reply = script(metadata);
    served += 1;
    if ('status' in reply)
      return send(res, reply.status, failure(reply.message), { 'retry-after': '1', 'retry-after-ms': '120' });
    const answer = completion(request, reply, served);
    if (request.stream === true) return stream(res, answer, request.stream_options?.include_usage === true);
    return send(res, 200, answer);
  });
  return listen(server);
}

interface Completion {
  id: string;
  object: string;
  model: string;
  choices: Array<{
    index: number;
    message: { role: string; content: string };
    finish_reason: string;
    logprobs: unknown;
  }>;
  usage: unknown;
}

function completion(request: ChatRequest, reply: ModelReply, count: number): Completion {
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

/** Word by word, as server-sent events; usage is the last chunk, for whoever asked for it. */
function stream(res: ServerResponse, { id, model, choices, usage }: Completion, wantsUsage: boolean): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (parts: unknown[], more: object = {}): void => {
    const body = { id, object: 'chat.completion.chunk', model, choices: parts, ...more };
    res.write(`data: ${JSON.stringify(body)}\n\n`);
  };
  for (const { index, message, finish_reason } of choices) {
    const pieces = message.content.match(/\S+\s*|\s+/g) ?? [];
    for (const content of pieces) chunk([{ index, delta: { content }, finish_reason: null }]);
    chunk([{ index, delta: {}, finish_reason }]);
  }
  if (wantsUsage) chunk([], { usage });
  res.end('data: [DONE]\n\n');
}

interface EmbeddingsRequest {
  model: string;
  input: string;
  encoding_format?: string;
}

const DIMENSIONS = 8;

/** The same numbers for the same text; as base64 of 32-bit floats, which the client of the provider asks for. */
function embeddings({ model, input, encoding_format: format }: EmbeddingsRequest): unknown {
  const numbers = new Float32Array(DIMENSIONS);
  for (let i = 0; i < input.length; i++) numbers[i % DIMENSIONS]! += input.charCodeAt(i) / 1000;
  const embedding = format === 'base64' ? Buffer.from(numbers.buffer).toString('base64') : [...numbers];
  const used = tokens(input);
  const usage = { prompt_tokens: used, total_tokens: used };
  return { object: 'list', model, data: [{ object: 'embedding', index: 0, embedding }], usage };
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
