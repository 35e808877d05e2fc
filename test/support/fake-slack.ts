// A server that answers as Slack's incoming webhooks do, refusals and outages included, and keeps what it accepted.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findBlockProblem } from './block-kit.ts';

/** How the next posts are answered. `accepted_then_error` keeps the message and still says 500. */
export type SlackMood =
  | 'ok'
  | 'invalid_token'
  | 'no_service'
  | 'channel_is_archived'
  | 'server_error'
  | 'accepted_then_error'
  | 'invalid_payload'
  | 'gone'
  | 'redirect'
  | 'huge'
  | 'hang'
  | 'reset'
  | { readonly rateLimitedSeconds: number };

interface SlackPost {
  readonly text?: string;
  readonly blocks?: readonly unknown[];
}

export interface FakeSlack {
  /** The webhook. Its last part is the secret. */
  readonly webhookUrl: string;
  readonly secret: string;
  /** Accepted messages, oldest first. */
  readonly posts: readonly SlackPost[];
  /** Requests of any kind, refused ones included. */
  requests(): number;
  /** The reason of the last refusal for form, null when there was none. */
  lastProblem(): string | null;
  answerWith(mood: SlackMood): void;
  /** Whether posts get no answer now. */
  isHanging(): boolean;
  close(): Promise<void>;
}

const SECRET = 'q7Zk2XvT9mWb4RjL6sYd8NcP';
const PATH = `/services/T00000000/B00000000/${SECRET}`;
const BODY_MAX_BYTES = 1_000_000;

export async function startFakeSlack(): Promise<FakeSlack> {
  const posts: SlackPost[] = [];
  let mood: SlackMood = 'ok';
  let requests = 0;
  let problem: string | null = null;

  const server = createServer((request, response) => {
    requests++;
    void handle(request, response).catch(() => request.destroy());
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    if (mood === 'hang') return;
    if (mood === 'reset') return void request.socket.resetAndDestroy();
    if (typeof mood === 'object') return reply(response, 429, 'rate_limited', String(mood.rateLimitedSeconds));
    if (request.url !== PATH || mood === 'no_service') return reply(response, 404, 'no_service');
    if (mood === 'invalid_token') return reply(response, 403, 'invalid_token');
    if (mood === 'channel_is_archived') return reply(response, 410, 'channel_is_archived');
    if (mood === 'invalid_payload') return reply(response, 400, 'invalid_payload');
    if (mood === 'gone') return reply(response, 410, 'channel_not_found');
    if (mood === 'redirect') return void response.writeHead(302, { location: '/elsewhere' }).end();
    if (mood === 'server_error') return reply(response, 500, 'rollup_error');
    const read = readPost(request, body);
    problem = 'problem' in read ? read.problem : problem;
    if ('problem' in read) return reply(response, 400, read.word);
    posts.push(read.post);
    if (mood === 'accepted_then_error') return reply(response, 500, 'rollup_error');
    if (mood === 'huge') return void response.writeHead(200).end(Buffer.alloc(20_000_000, 'ok '));
    reply(response, 200, 'ok');
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    webhookUrl: `http://127.0.0.1:${port}${PATH}`,
    secret: SECRET,
    posts,
    requests: () => requests,
    lastProblem: () => problem,
    answerWith(next) {
      mood = next;
    },
    isHanging: () => mood === 'hang',
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, status: number, text: string, retryAfter?: string): void {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(text);
}

type Read = { readonly post: SlackPost } | { readonly word: string; readonly problem: string };

function readPost(request: IncomingMessage, body: string): Read {
  const refuse = (word: string, problem: string) => ({ word, problem });
  if (request.method !== 'POST') return refuse('invalid_payload', `method ${request.method}`);
  if (!request.headers['content-type']?.startsWith('application/json'))
    return refuse('invalid_payload', 'content type');
  let post: unknown;
  try {
    post = JSON.parse(body);
  } catch {
    return refuse('invalid_payload', 'not JSON');
  }
  if (typeof post !== 'object' || post === null || Array.isArray(post))
    return refuse('invalid_payload', 'not an object');
  const { text, blocks } = post as { text?: unknown; blocks?: unknown };
  if (text !== undefined && typeof text !== 'string') return refuse('invalid_payload', 'text is not a string');
  if (blocks === undefined) return text ? { post: { text } } : refuse('no_text', 'neither text nor blocks');
  const wrong = findBlockProblem(blocks);
  return wrong === null ? { post: post as SlackPost } : refuse('invalid_blocks', wrong);
}
