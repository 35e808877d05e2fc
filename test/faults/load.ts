// Eight senders over keep-alive connections; each acknowledged span goes into a ledger file before the next request.
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { requestOf, span } from '../support/otlp-door.ts';
import { encodeRequest } from '../support/otlp-proto.ts';

const SPANS_PER_REQUEST = 4;

export interface Load {
  /** Statuses seen so far; 0 is a connection that ended without an answer. */
  readonly statuses: Map<number, number>;
  readonly ackMs: number[];
  stop(): Promise<void>;
}

/** Sends to `url` until stopped. Every second request is JSON. */
export function startLoad(url: string, ledger: string, senders = 8): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const statuses = new Map<number, number>();
  const ackMs: number[] = [];
  let running = true;
  const sender = async () => {
    for (let turn = 0; running; turn++) {
      const traceId = randomBytes(16).toString('hex');
      const spanIds = Array.from({ length: SPANS_PER_REQUEST }, () => randomBytes(8).toString('hex'));
      const body = requestOf(...spanIds.map((spanId) => span({ traceId, spanId })));
      const json = turn % 2 === 1;
      const startMs = performance.now();
      const status = await post(agent, url, json ? Buffer.from(JSON.stringify(body)) : encodeRequest(body), json);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200) {
        ackMs.push(performance.now() - startMs);
        appendFileSync(ledger, spanIds.map((id) => `${traceId} ${id} ${status} ${Date.now()}\n`).join(''));
      } else if (status === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const all = Promise.all(Array.from({ length: senders }, sender));
  return {
    statuses,
    ackMs,
    async stop() {
      running = false;
      await all;
      agent.destroy();
    },
  };
}

/** @returns the status, or 0 when no whole answer came */
function post(agent: Agent, url: string, body: Buffer, json: boolean): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': json ? 'application/json' : 'application/x-protobuf',
      'content-length': body.length,
    };
    const call = request(`${url}/v1/traces`, { method: 'POST', agent, headers, timeout: 10_000 }, (reply) => {
      reply.resume();
      reply.on('end', () => resolve(reply.statusCode ?? 0));
      reply.on('error', () => resolve(0));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(0));
    call.end(body);
  });
}
