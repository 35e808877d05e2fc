// The client side of the HTTP benchmark, a process of its own so that its CPU is not counted: sends gzipped batches over
// several connections, and reports how long each took.
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { createWorkload, makeBatch } from './workload.ts';

const [url, path, total, batchSpans, connections, seed, startMs] = process.argv.slice(2) as string[];
const load = createWorkload(Number(seed), Number(startMs));
const batches = Math.ceil(Number(total) / Number(batchSpans));
// Compressing during the run would slow the server down: it shares the cores. Ids must differ, so every batch is made.
const bodies = Array.from({ length: batches }, () => gzipSync(makeBatch(load, Number(batchSpans)).body));
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const latenciesMs: number[] = [];

function send(body: Buffer): Promise<void> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const call = request(
      url + (path as string),
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'gzip',
          'content-length': body.length,
        },
      },
      (reply) => {
        reply.resume();
        reply.on('end', () => {
          latenciesMs.push(performance.now() - start);
          if (reply.statusCode === 200) resolve();
          else reject(new Error(`status ${reply.statusCode}`));
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

process.send?.({ ready: true, bytes: bodies.reduce((sum, body) => sum + body.length, 0) });
process.once('message', async () => {
  let next = 0;
  const worker = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) await send(body);
  };
  await Promise.all(Array.from({ length: Number(connections) }, worker));
  process.send?.({ latenciesMs, spans: batches * Number(batchSpans) }, () => process.exit(0));
});
