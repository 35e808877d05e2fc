// The client side of the sustained benchmark, a process of its own: sends batches for some seconds, as fast as replies
// come or at a steady pace. No two batches are the same, so none is taken for a repeat.
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { createWorkload, makeBatch } from './workload.ts';

const [url, connections, seconds, spansPerSecond, batchSpans] = process.argv.slice(2) as [string, ...string[]];
const load = createWorkload(Date.now() & 0xffff, Date.now());
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
// Making and compressing a batch costs more than taking it, so enough of them are made before the clock starts.
const rate = Number(spansPerSecond) || 60_000;
const needed = Math.ceil((rate * Number(seconds)) / Number(batchSpans));
const bodies: Buffer[] = [];
while (bodies.length < needed) bodies.push(gzipSync(makeBatch(load, Number(batchSpans)).body, { level: 1 }));

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
    const call = request(`${url}/v1/traces`, { method: 'POST', agent, headers }, (reply) => {
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
  const isPaced = Number(spansPerSecond) > 0;
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
  process.send?.({ latenciesMs, spans: answered * Number(batchSpans) }, () => process.exit(0));
});
