// F14 and F15: bodies of up to 200 MB, 23 MB of JSON, and values nested a hundred thousand deep.
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startTelltale } from '../support/app.ts';
import { encodeRequest } from '../support/otlp-proto.ts';
import { requestOf, span } from '../support/otlp-server.ts';
import type { Fault } from './fault.ts';
import { startLoad } from './load.ts';
import { startLagProbe } from './loop-lag.ts';
import { residentMib, watchMemory } from './memory.ts';
import { deepJson, deepProtobuf } from './nested.ts';
import { send } from './send.ts';
import { kept, settleAndCheck, sleep, withFolder } from './settle.ts';

const MB = 1_000_000;
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

/** About so many bytes of spans, 2 kB of text each. */
function spansOf(bytes: number, first: number): ReturnType<typeof requestOf> {
  const text = 'the agent looked into the order and found that it was sent twice. '.repeat(30);
  const spans = Array.from({ length: Math.ceil(bytes / 2100) }, (_, index) =>
    span({
      traceId: hex(first, 32),
      spanId: hex(first * 1_000_000 + index + 1, 16),
      attributes: [{ key: 'input.value', value: { stringValue: text } }],
    }),
  );
  return requestOf(...spans);
}

/** Without a Content-Length: chunk by chunk, so that the size is known only when it has come. */
function sendChunked(otlpUrl: string, megabytes: number): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    const call = request(`${otlpUrl}/v1/traces`, { method: 'POST', headers, agent: false }, (reply) => {
      reply.resume();
      reply.on('end', () => {
        resolve(reply.statusCode ?? 0);
        call.destroy();
      });
    });
    call.on('error', () => resolve(0));
    const chunk = Buffer.alloc(MB, 1);
    let left = megabytes;
    const more = () => {
      while (left-- > 0) if (!call.write(chunk)) return void call.once('drain', more);
      call.end();
    };
    more();
  });
}

export const hugeBodies: Fault = {
  name: 'F14',
  breaks:
    'bodies of 20 to 200 MB, with and without a length, packed or not, and 23 MB of JSON, beside eight good senders',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const scale = short ? 10 : 1;
      const large = encodeRequest(spansOf((20 * MB) / scale, 1));
      const json = Buffer.from(JSON.stringify(spansOf((23 * MB) / scale, 2)));
      const fits = encodeRequest(spansOf((50 * MB) / scale, 3));
      const [jsonType, gzip] = [{ 'content-type': 'application/json' }, { 'content-encoding': 'gzip' }];
      const zeros = Buffer.alloc(200 * MB);
      const app = await startTelltale({ dataDir });
      const bodies: [what: string, expected: readonly number[], () => Promise<number>][] = [
        ['20 MB', [200], async () => (await send(app.otlpUrl, large)).status],
        ['20 MB, packed', [200], async () => (await send(app.otlpUrl, gzipSync(large), gzip)).status],
        ['23 MB of JSON', [200], async () => (await send(app.otlpUrl, json, jsonType)).status],
        ['50 MB', [200], async () => (await send(app.otlpUrl, fits)).status],
        ['100 MB', [413, 0], async () => (await send(app.otlpUrl, zeros.subarray(0, 100 * MB))).status],
        ['200 MB', [413, 0], async () => (await send(app.otlpUrl, zeros)).status],
        ['100 MB in chunks', [413, 0], () => sendChunked(app.otlpUrl, 100)],
      ];
      const before = await residentMib(app.pid);
      const memory = watchMemory(app.pid);
      const load = startLoad(app.otlpUrl, ledger, 8);
      const probe = startLagProbe(app.apiUrl);
      const wrong: string[] = [];
      const answers: string[] = [];
      let retried = 0;
      try {
        await sleep(1000);
        for (const [what, expected, post] of bodies) {
          let status = await post();
          // As an exporter does: 503 means again, and on a busy machine the first try of a large one may be too slow.
          for (let tries = 1; status === 503 && tries < 4; tries++) {
            await sleep(3000);
            retried++;
            status = await post();
          }
          answers.push(`${what} ${status}`);
          if (!expected.includes(status)) wrong.push(`${what}: ${status}`);
        }
        const lag = await probe.stop();
        await load.stop();
        memory.stop();
        const refused = [...load.statuses.keys()].filter((status) => status !== 200);
        await app.close();
        const verdict = await settleAndCheck(dataDir, ledger);
        return {
          ok: kept(verdict) && wrong.length === 0 && refused.length === 0,
          figures: {
            answers: answers.join(' · '),
            sentAgainAfter503: retried,
            healthzP99Ms: lag.p99Ms,
            healthzMaxMs: lag.maxMs,
            growthMib: Math.round(memory.maxMib - before),
            ...verdict,
          },
          notes: [...wrong, ...refused.map((status) => `a good sender saw ${status}`)].join('; '),
        };
      } finally {
        memory.stop();
        await load.stop();
        await app.close();
      }
    }),
};

export const deepNesting: Fault = {
  name: 'F15',
  breaks: 'values nested 31 to 100,000 deep, as protobuf and as JSON',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const app = await startTelltale({ dataDir });
      const wrong: string[] = [];
      const answers = new Map<number, number>();
      try {
        for (const depth of short ? [40, 10_000] : [31, 33, 40, 100, 1_000, 10_000, 100_000])
          for (const [form, bodies] of Object.entries({ protobuf: deepProtobuf(depth), json: deepJson(depth) }))
            for (const [what, body] of Object.entries(bodies)) {
              const type = form === 'json' ? 'application/json' : 'application/x-protobuf';
              const { status, text } = await send(app.otlpUrl, body, { 'content-type': type });
              answers.set(status, (answers.get(status) ?? 0) + 1);
              if (![200, 400, 413].includes(status)) wrong.push(`${form} ${what} ${depth}: ${status} ${text}`);
            }
        const load = startLoad(app.otlpUrl, ledger);
        await sleep(500);
        await load.stop();
      } finally {
        await app.close();
      }
      const verdict = await settleAndCheck(dataDir, ledger);
      return {
        ok: kept(verdict) && wrong.length === 0,
        figures: { answered: [...answers].map(([status, times]) => `${times} × ${status}`).join(' '), ...verdict },
        notes: wrong.slice(0, 5).join('; '),
      };
    }),
};
