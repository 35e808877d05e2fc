// F13 and F16: bodies made to hurt: gzip bombs, and bytes that are not OTLP or not quite.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip, gzipSync } from 'node:zlib';
import { startTelltale } from '../support/app.ts';
import { encodeRequest } from '../support/otlp-proto.ts';
import { requestOf, span } from '../support/otlp-server.ts';
import type { Fault } from './fault.ts';
import { startLoad } from './load.ts';
import { residentMib } from './memory.ts';
import { seededRandom } from './random.ts';
import { type Answer, send } from './send.ts';
import { kept, settleAndCheck, sleep, withFolder } from './settle.ts';

/** What bombs may add to the memory of the process under load: a body of the allowed size is held while it unpacks. */
const MAX_GROWTH_MIB = 256;

async function makeBodies(): Promise<[what: string, body: Buffer, coding: string][]> {
  const zeros = Buffer.alloc(1 << 20);
  const gibibyte = function* () {
    for (let mib = 0; mib < 1024; mib++) yield zeros;
  };
  const bomb = await buffer(Readable.from(gibibyte()).pipe(createGzip()));
  const good = encodeRequest(requestOf(span()));
  return [
    ['1 GiB of zeros', bomb, 'gzip'],
    ['the same packed twice', gzipSync(bomb), 'gzip'],
    ['a packed request packed again', gzipSync(gzipSync(good)), 'gzip'],
    ['a gzip cut short', gzipSync(good).subarray(0, 40), 'gzip'],
    ['no gzip at all', good, 'gzip'],
    ['a coding nobody has', good, 'x-none'],
  ];
}

export const gzipBombs: Fault = {
  name: 'F13',
  breaks: 'gzip bombs of 1 GiB, nested, cut and false gzip, beside eight good senders',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const bodies = await makeBodies();
      const rounds = short ? 1 : 5;
      const app = await startTelltale({ dataDir });
      const load = startLoad(app.otlpUrl, ledger);
      const wrong: string[] = [];
      let slowestAnswerMs = 0;
      let growthMib = 0;
      try {
        await sleep(500);
        const before = await residentMib(app.pid);
        for (let round = 0; round < rounds; round++)
          for (const [what, body, coding] of bodies) {
            const startMs = performance.now();
            const answer: Answer = await send(app.otlpUrl, body, { 'content-encoding': coding });
            slowestAnswerMs = Math.max(slowestAnswerMs, Math.round(performance.now() - startMs));
            growthMib = Math.max(growthMib, Math.round((await residentMib(app.pid)) - before));
            if (![400, 413, 415].includes(answer.status)) wrong.push(`${what}: ${answer.status} ${answer.text}`);
          }
      } finally {
        await load.stop();
        await app.close();
      }
      const verdict = await settleAndCheck(dataDir, ledger);
      return {
        ok: kept(verdict) && wrong.length === 0 && growthMib <= MAX_GROWTH_MIB,
        figures: { bodies: rounds * bodies.length, slowestAnswerMs, growthMib, ...verdict },
        notes: wrong.slice(0, 5).join('; '),
      };
    }),
};

export const randomBodies: Fault = {
  name: 'F16',
  breaks: 'random bytes, and requests with a few bytes changed, as protobuf and as JSON',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const random = seededRandom(16);
      const below = (limit: number) => Math.floor(random() * limit);
      const attributes = [{ key: 'k', value: { stringValue: 'v'.repeat(50) } }];
      const hex = (digits: number) => Array.from({ length: digits }, () => below(16).toString(16)).join('');
      // Ids of its own in every body: two rows of one span can then only be ours.
      const fresh = () => requestOf(span({ traceId: hex(32), spanId: hex(16), attributes }));
      const app = await startTelltale({ dataDir });
      const answers = new Map<number, number>();
      const wrong: string[] = [];
      let left = short ? 300 : Number(process.env.FAULT_BODIES ?? 10_000);
      const sender = async () => {
        while (left-- > 0 && wrong.length < 5) {
          const isJson = random() < 0.5;
          const type = isJson ? 'application/json' : 'application/x-protobuf';
          const noise = random() < 0.3;
          const sample = () => (isJson ? Buffer.from(JSON.stringify(fresh())) : encodeRequest(fresh()));
          const body = noise ? Buffer.alloc(below(2000)) : sample();
          for (let changes = noise ? body.length : 1 + below(6); changes > 0; changes--)
            body[below(body.length)] = below(256);
          const { status, text } = await send(app.otlpUrl, body, { 'content-type': type });
          answers.set(status, (answers.get(status) ?? 0) + 1);
          if (status === 0 || status >= 500)
            wrong.push(`${status} ${text} for ${type} ${body.toString('base64').slice(0, 300)}`);
        }
      };
      try {
        await Promise.all(Array.from({ length: 8 }, sender));
        // It must still take what is good.
        const load = startLoad(app.otlpUrl, ledger);
        await sleep(500);
        await load.stop();
      } finally {
        await app.close();
      }
      const verdict = await settleAndCheck(dataDir, ledger);
      const answered = [...answers].map(([status, times]) => `${times} × ${status}`).join(' ');
      return {
        ok: kept(verdict) && wrong.length === 0,
        figures: { answered, ...verdict },
        notes: wrong.join('; '),
      };
    }),
};
