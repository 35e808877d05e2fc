// The client side of the sustained benchmark, a process of its own: sends batches for some seconds, as fast as replies
// come or at a steady pace. No two batches have ids in common, so none is taken for a repeat.
import { Agent, request } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { freshCopy, templateOf } from './fresh-copies.ts';
import { createWorkload, makeBatch } from './workload.ts';

const [url, path, connections, seconds, spansPerSecond, batchSpans] = process.argv.slice(2) as [string, ...string[]];
const TEMPLATES = 400;
/** Batches made for a closed loop; a faster machine ends the run early, and the figures stay right. */
const UNPACED_SPANS_PER_SECOND = 45_000;

const load = createWorkload(Date.now() & 0xffff, Date.now());
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const isPaced = Number(spansPerSecond) > 0;
const rate = isPaced ? Number(spansPerSecond) : UNPACED_SPANS_PER_SECOND;
const needed = Math.ceil((rate * Number(seconds)) / Number(batchSpans));
const templates = Array.from({ length: Math.min(TEMPLATES, needed) }, () =>
  templateOf(makeBatch(load, Number(batchSpans)).body),
);
const stepNs = load.clockNs - BigInt(Date.now()) * 1_000_000n;
const pack = promisify<Buffer, { level: number }, Buffer>(gzip);
const bodies: Buffer[] = [];
let made = 0;
const packer = async () => {
  for (let index = made++; index < needed; index = made++) {
    const turn = Math.floor(index / templates.length);
    const template = templates[index % templates.length] as (typeof templates)[number];
    bodies[index] = await pack(freshCopy(template, load.random, BigInt(turn) * stepNs), { level: 1 });
  }
};
await Promise.all([1, 2, 3, 4].map(packer));

const latenciesMs: number[] = [];
let answered = 0;
const send = (body: Buffer) =>
  new Promise<void>((resolve, reject) => {
    const start = performance.now();
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'content-length': body.length,
    };
    const call = request(`${url}${path}`, { method: 'POST', agent, headers }, (reply) => {
      reply.resume();
      reply.on('end', () => {
        latenciesMs.push(performance.now() - start);
        if (reply.statusCode === 200) answered++;
        resolve();
      });
    });
    call.on('error', reject);
    call.end(body);
  });

process.send?.('ready');
process.once('message', async () => {
  const start = performance.now();
  const endMs = start + Number(seconds) * 1000;
  let next = 0;
  const worker = async () => {
    while (next < bodies.length && performance.now() < endMs) {
      const index = next++;
      const dueMs = start + (index * Number(batchSpans) * 1000) / rate;
      const early = isPaced ? dueMs - performance.now() : 0;
      if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
      await send(bodies[index] as Buffer);
    }
  };
  await Promise.all(Array.from({ length: Number(connections) }, worker));
  const took = (performance.now() - start) / 1000;
  process.send?.({ latenciesMs, spans: answered * Number(batchSpans), seconds: took }, () => process.exit(0));
});
