// HTTP requests to the receiver. They never keep the process alive and are never traced by another set-up.
import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Connection } from './connection.ts';
import { lookupWhenAnswered } from './name-servers.ts';

export interface Reply {
  status: number;
  statusText: string;
  headers: IncomingHttpHeaders;
  /** At most its first 64 KiB. */
  body: Uint8Array;
}

/** Posts and resolves to any answer; rejects when there is none within `timeoutMs` (default: the connection's). */
export type Post = (url: string, contentType: string, body: string | Uint8Array, timeoutMs?: number) => Promise<Reply>;

type Http = typeof import('node:http');

/** At most this much of an answer is read. */
const MAX_REPLY_BYTES = 64 * 1024;
const zip = promisify(gzip);

export function makePost({ headers, tls, timeoutMs: usualMs, isGzip }: Connection): Post {
  const agents = new Map<string, Agent>();
  return async (to, contentType, content, timeoutMs = usualMs) => {
    const target = new URL(to);
    const http = await loadHttp(target.protocol);
    const agent = agents.get(target.protocol) ?? new http.Agent({ keepAlive: true, ...tls });
    agents.set(target.protocol, agent);
    const body = isGzip ? await zip(content) : Buffer.from(content);
    const options = {
      method: 'POST',
      agent,
      lookup: lookupWhenAnswered,
      headers: {
        'user-agent': 'telltale-sdk',
        ...headers,
        'content-type': contentType,
        'content-length': body.length,
        ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
      },
    };
    return context.with(suppressTracing(context.active()), () =>
      answerOf((onReply) => http.request(target, options, onReply), body, timeoutMs),
    );
  };
}

/**
 * Loaded when needed, so that another set-up can instrument it first, and without `import` where Node can: a single
 * executable has none.
 */
async function loadHttp(protocol: string): Promise<Http> {
  const name = protocol === 'https:' ? 'node:https' : 'node:http';
  const { getBuiltinModule } = process as { getBuiltinModule?: (id: string) => Http | undefined };
  return getBuiltinModule?.(name) ?? ((await import(name)) as Http);
}

function answerOf(
  open: (onReply: (reply: IncomingMessage) => void) => ClientRequest,
  body: Uint8Array,
  timeoutMs: number,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = open((reply) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      reply.on('data', (chunk: Buffer) => {
        if (bytes < MAX_REPLY_BYTES) chunks.push(chunk);
        bytes += chunk.length;
      });
      const { statusCode = 0, statusMessage = '', headers } = reply;
      const answer = (): void =>
        resolve({ status: statusCode, statusText: statusMessage, headers, body: Buffer.concat(chunks) });
      reply.on('end', answer);
      // The request was answered, even if the answer breaks off.
      reply.on('error', answer);
    });
    const limit = setTimeout(() => request.destroy(new Error('it did not answer in time')), timeoutMs);
    limit.unref();
    request.on('socket', (socket) => socket.unref());
    request.on('error', reject);
    request.on('close', () => clearTimeout(limit));
    request.end(body);
  });
}
