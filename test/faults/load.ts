// Senders over keep-alive connections; each acknowledged span goes into a ledger file before the next request.
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { encodeRequest } from '../support/otlp-proto.ts';
import { requestOf, span } from '../support/otlp-server.ts';

const SPANS_PER_REQUEST = 4;
/** The pace of short runs, where the load only has to be there. */
export const PAUSE_MS = 20;

export interface Load {
  /** Statuses seen so far; 0 is a connection that ended without an answer. */
  readonly statuses: Map<number, number>;
  /** How long each 200 took. */
  readonly ackMs: number[];
  /** The longest Retry-After seen, seconds; Infinity when a 503 came without one. */
  readonly longestRetryAfterS: number;
  stop(): Promise<void>;
}

/**
 * Sends to `url` until stopped. Every second request is JSON.
 * @param pauseMs how long a sender rests after an answer: 0 is as fast as it goes, which takes a core
 */
export function startLoad(url: string, ledger: string, senders = 8, pauseMs = 0): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const statuses = new Map<number, number>();
  const ackMs: number[] = [];
  let running = true;
  let longestRetryAfterS = 0;
  const sender = async () => {
    for (let turn = 0; running; turn++) {
      const traceId = randomBytes(16).toString('hex');
      const spanIds = Array.from({ length: SPANS_PER_REQUEST }, () => randomBytes(8).toString('hex'));
      const body = requestOf(...spanIds.map((spanId) => span({ traceId, spanId })));
      const json = turn % 2 === 1;
      const startMs = performance.now();
      const bytes = json ? Buffer.from(JSON.stringify(body)) : encodeRequest(body);
      const { status, retryAfterS } = await post(agent, url, bytes, json);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200) {
        ackMs.push(performance.now() - startMs);
        appendFileSync(ledger, spanIds.map((id) => `${traceId} ${id} ${status} ${Date.now()}\n`).join(''));
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
        continue;
      }
      if (status === 503) longestRetryAfterS = Math.max(longestRetryAfterS, retryAfterS);
      // A real sender waits as the reply asks; this one retries more often, to see when it is accepted again.
      await new Promise((resolve) => setTimeout(resolve, status === 0 ? 20 : 100));
    }
  };
  const all = Promise.all(Array.from({ length: senders }, sender));
  return {
    statuses,
    ackMs,
    get longestRetryAfterS() {
      return longestRetryAfterS;
    },
    async stop() {
      running = false;
      await all;
      agent.destroy();
    },
  };
}

interface Posted {
  /** 0 when no whole answer came. */
  readonly status: number;
  /** Infinity when the header is not there. */
  readonly retryAfterS: number;
}

function post(agent: Agent, url: string, body: Buffer, json: boolean): Promise<Posted> {
  return new Promise((resolve) => {
    const failed = () => resolve({ status: 0, retryAfterS: Number.POSITIVE_INFINITY });
    const headers = {
      'content-type': json ? 'application/json' : 'application/x-protobuf',
      'content-length': body.length,
    };
    const call = request(`${url}/v1/traces`, { method: 'POST', agent, headers, timeout: 10_000 }, (reply) => {
      reply.resume();
      const retryAfterS = Number(reply.headers['retry-after'] ?? Number.POSITIVE_INFINITY);
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, retryAfterS }));
      reply.on('error', failed);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', failed);
    call.end(body);
  });
}
