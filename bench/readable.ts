// How long after its reply a span can be read: one trace a second, asked for by its id until it is there.

import { sleep } from '../test/faults/settle.ts';
import { createWorkload, makeBatch } from './workload.ts';

export interface Probe {
  /** Milliseconds from the reply to the first answer that shows every span. */
  readonly delaysMs: number[];
  stop(): Promise<void>;
}

const SPANS = 8;

export function probeReadable(otlpUrl: string, path: string, apiUrl: string): Probe {
  const load = createWorkload(77, Date.now());
  const delaysMs: number[] = [];
  let running = true;
  const probing = (async () => {
    while (running) {
      const { body, traceIds } = makeBatch(load, SPANS);
      const headers = { 'content-type': 'application/x-protobuf' };
      const reply = await fetch(`${otlpUrl}${path}`, { method: 'POST', headers, body: new Uint8Array(body) });
      await reply.arrayBuffer();
      const acked = performance.now();
      for (let seen = 0; seen < SPANS; ) {
        const answer = await fetch(`${apiUrl}/api/traces/${traceIds[0]}`);
        const found = (await answer.json()) as { spanCount?: number };
        seen = answer.ok ? (found.spanCount ?? 0) : 0;
        if (seen < SPANS) await sleep(25);
      }
      delaysMs.push(performance.now() - acked);
      await sleep(1000);
    }
  })();
  return {
    delaysMs,
    stop() {
      running = false;
      return probing;
    },
  };
}
