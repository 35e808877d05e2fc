// F31: six readers of the largest trace, of every kind of answer that reads whole runs, beside good senders.
import { get } from 'node:http';
import { startTelltale } from '../support/app.ts';
import { encodeRequest } from '../support/otlp-proto.ts';
import { requestOf, span } from '../support/otlp-server.ts';
import type { Fault } from './fault.ts';
import { startLoad } from './load.ts';
import { quantile, startLagProbe } from './loop-lag.ts';
import { watchMemory } from './memory.ts';
import { send } from './send.ts';
import { drained, kept, settleAndCheck, sleep, withFolder } from './settle.ts';

const READERS = 6;
const TRACE_ID = 'a'.repeat(32);
const SPANS_A_REQUEST = 5000;
const ACK_P99_MS = 200;
const MEMORY_MIB = 1536;
/** The pace of a few busy agents: the load has to be there, not to be the load that is measured. */
const SENDERS = 4;
const PAUSE_MS = 20;

const hex = (number: number) => number.toString(16).padStart(16, '0');

/** One run of an agent: an agent, under it a thousand steps, and under each of these as many calls as are left. */
async function sendLargeTrace(otlpUrl: string, count: number): Promise<void> {
  const startNs = BigInt(Date.now() - 600_000) * 1_000_000n;
  for (let from = 0; from < count; from += SPANS_A_REQUEST) {
    const spans = Array.from({ length: Math.min(SPANS_A_REQUEST, count - from) }, (_, i) => {
      const n = from + i;
      const parent = n === 0 ? '' : n <= 1000 ? hex(1) : hex((n % 1000) + 2);
      const isError = n % 400 === 399;
      return span({
        traceId: TRACE_ID,
        spanId: hex(n + 1),
        parentSpanId: parent,
        name: n === 0 ? 'desk' : `step ${n % 40}`,
        startTimeUnixNano: String(startNs + BigInt(n) * 1_000_000n),
        endTimeUnixNano: String(startNs + BigInt(n === 0 ? count : n + 1) * 1_000_000n),
        attributes: [
          { key: 'gen_ai.operation.name', value: { stringValue: n === 0 ? 'invoke_agent' : 'chat' } },
          { key: 'gen_ai.agent.name', value: { stringValue: 'desk' } },
          { key: 'gen_ai.usage.input_tokens', value: { intValue: String(n % 100) } },
        ],
        ...(isError ? { status: { code: 2, message: `no answer to call ${n}` } } : {}),
      });
    });
    const body = encodeRequest(requestOf(...spans));
    for (let tries = 0; (await send(otlpUrl, body)).status !== 200; tries++) {
      if (tries === 20) throw new Error('the large trace was not taken');
      await sleep(500);
    }
  }
}

interface Read {
  readonly status: number;
  readonly bytes: number;
  /** The end of the answer, where a page says how it goes on. */
  readonly head: string;
}

/** Reads without decoding: the harness must not delay its own senders. */
const read = (url: string): Promise<Read> =>
  new Promise((resolve) => {
    const call = get(url, { agent: false, timeout: 300_000 }, (reply) => {
      let bytes = 0;
      let head = '';
      reply.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (head.length < 20_000) head += chunk.toString('latin1');
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, bytes, head }));
      reply.on('error', () => resolve({ status: 0, bytes, head }));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve({ status: 0, bytes: 0, head: '' }));
  });

/** All pages of the trace, one after the other. */
async function walk(url: string): Promise<Read> {
  let cursor: string | undefined;
  let bytes = 0;
  for (;;) {
    const page = await read(cursor === undefined ? url : `${url}?cursor=${cursor}`);
    bytes += page.bytes;
    if (page.status !== 200) return { ...page, bytes };
    cursor = /"nextCursor":"([\w-]+)"/.exec(page.head)?.[1];
    if (cursor === undefined) return { ...page, bytes };
  }
}

export const largeReaders: Fault = {
  name: 'F31',
  breaks: 'six readers of the largest trace at once: its pages, its summary, lists with it, beside four good senders',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const count = short ? 25_000 : Number(process.env.FAULT_LARGE_TRACE ?? 300_000);
      const app = await startTelltale({ dataDir });
      await sendLargeTrace(app.otlpUrl, count);
      await drained(app.apiUrl);
      const memory = watchMemory(app.pid);
      const load = startLoad(app.otlpUrl, ledger, SENDERS, PAUSE_MS);
      const trace = `${app.apiUrl}/api/traces/${TRACE_ID}`;
      const kinds: readonly [what: string, one: (reader: number) => Promise<Read>][] = [
        ['firstPage', () => read(trace)],
        ['allPages', () => walk(trace)],
        ['summary', () => read(`${trace}/summary`)],
        ['runList', () => read(`${app.apiUrl}/api/runs?limit=50`)],
        [
          'mixed',
          (i) =>
            [read(trace), walk(trace), read(`${trace}/summary`), read(`${app.apiUrl}/api/runs`)][
              i % 4
            ] as Promise<Read>,
        ],
      ];
      const figures: Record<string, number | string> = { spans: count };
      const wrong: string[] = [];
      let worst = 0;
      try {
        await sleep(short ? 500 : 3000);
        figures.ackP99BeforeMs = quantile(load.ackMs, 0.99);
        const probe = startLagProbe(app.apiUrl);
        for (const [what, one] of kinds) {
          const from = load.ackMs.length;
          const startMs = performance.now();
          const reads = await Promise.all(Array.from({ length: READERS }, (_, i) => one(i)));
          const tookMs = performance.now() - startMs;
          // A look of at least two seconds, so that the highest hundredth is more than one ack.
          if (tookMs < 2000) await sleep(2000 - tookMs);
          const acks = load.ackMs.slice(from);
          const p99 = quantile(acks, 0.99);
          worst = Math.max(worst, p99);
          figures[what] = `${(tookMs / 1000).toFixed(1)} s ack p99 ${p99} ms max ${quantile(acks, 1)} ms`;
          for (const { status } of reads) if (status !== 200) wrong.push(`${what}: ${status}`);
        }
        const lag = await probe.stop();
        figures.healthzMaxMs = lag.maxMs;
        await load.stop();
        memory.stop();
        figures.maxMemoryMib = memory.maxMib;
        figures.ackP99Ms = worst;
        for (const status of load.statuses.keys()) if (status !== 200) wrong.push(`a good sender saw ${status}`);
        await app.close();
        const verdict = await settleAndCheck(dataDir, ledger, short);
        return {
          ok: kept(verdict) && wrong.length === 0 && worst <= ACK_P99_MS && memory.maxMib <= MEMORY_MIB,
          figures: { ...figures, ...verdict },
          notes: wrong.slice(0, 5).join('; '),
        };
      } finally {
        memory.stop();
        await load.stop();
        await app.close();
      }
    }),
};
