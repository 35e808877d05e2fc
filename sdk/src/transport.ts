// Small requests beside the exporter: same address, headers, certificates and timeout, but they never keep the process
// alive and are never traced by another set-up.
import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import type { Settings } from './settings.ts';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Posts and resolves to any answer; rejects when there is none. */
export type Post = (url: string, contentType: string, body: string) => Promise<Reply>;

/** More of an answer than this is not read. */
const MAX_REPLY_CHARS = 10_000;

/** What OTEL_EXPORTER_OTLP_* say of headers, certificates and timeout holds here as for the exporter. */
export function makePost({ url, headers }: Settings): Post {
  const config = convertLegacyHttpOptions({ url, headers }, 'TRACES', 'v1/traces', {});
  return async (to, contentType, body) => {
    const target = new URL(to);
    // Loaded when needed, so that another set-up can instrument them first.
    const [{ request }, agent, configured] = await Promise.all([
      target.protocol === 'https:' ? import('node:https') : import('node:http'),
      config.agentFactory(target.protocol) as Promise<Agent>,
      config.headers(),
    ]);
    const options = { method: 'POST', agent, headers: { ...configured, 'content-type': contentType } };
    return context.with(suppressTracing(context.active()), () =>
      answerOf((onReply) => request(target, options, onReply), body, config.timeoutMillis),
    );
  };
}

function answerOf(
  open: (onReply: (reply: IncomingMessage) => void) => ClientRequest,
  body: string,
  timeoutMs: number,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = open((reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (chunk: string) => {
        if (text.length < MAX_REPLY_CHARS) text += chunk;
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: text }));
      reply.on('error', reject);
    });
    request.on('socket', (socket) => socket.unref());
    request.setTimeout(timeoutMs, () => request.destroy(new Error('it did not answer in time')));
    request.on('error', reject);
    request.end(body);
  });
}
