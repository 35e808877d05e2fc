// `npm run bench:sustained`: how much one machine takes for as long as it lasts. The whole program, idle, then in a closed
// loop over many connections, then at a steady pace; the plain way beside it. Seconds of each as the first argument.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '#storage/database';
import { openDatabase } from '#storage/open';
import { readArguments } from '../deploy/scripts.mjs';
import { residentMib, watchMemory } from '../test/faults/memory.ts';
import { sleep } from '../test/faults/settle.ts';
import type { RunningTelltale } from '../test/support/app.ts';
import { cost, machine, percentile } from './measure.ts';
import { mergesEnd, serveNaive } from './naive-server.ts';
import { measureParts } from './parts.ts';
import { probeReadable } from './readable.ts';
import { cpuSecondsOf, progressOf, settled, startServer } from './server-process.ts';

const seconds = Number(readArguments('bench/sustained.ts').words[0] ?? 180);
const IDLE_SECONDS = Math.min(20, seconds);
const NAIVE_SECONDS = Math.min(30, seconds);
const BATCH_SPANS = 512;
const CONNECTIONS = 16;
const PATH = '/v1/traces';
const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  console.log(line);
};
const whole = (value: number) => Math.round(value).toLocaleString('en');

interface Sent {
  readonly latenciesMs: number[];
  readonly spans: number;
  readonly seconds: number;
}

/** @param spansPerSecond 0 = as fast as replies come */
async function prepare(url: string, forSeconds: number, spansPerSecond: number): Promise<() => Promise<Sent>> {
  const args = [url, PATH, CONNECTIONS, forSeconds, spansPerSecond, BATCH_SPANS].map(String);
  const sender = fork(new URL('./pacer.ts', import.meta.url), args, { execArgv: process.execArgv });
  await once(sender, 'message');
  return async () => {
    const done = once(sender, 'message');
    sender.send('go');
    return ((await done) as [Sent])[0];
  };
}

const row = (name: string, spans: number, wallSeconds: number, cpuSeconds: number, latenciesMs: number[]) => {
  const p = (share: number) => percentile(latenciesMs, share).toFixed(1);
  return `| ${name} | ${whole(spans / wallSeconds)} | ${((cpuSeconds / spans) * 1e6).toFixed(1)} | ${p(0.5)} | ${p(0.99)} |`;
};

async function load(app: RunningTelltale, spansPerSecond: number): Promise<void> {
  const go = await prepare(app.otlpUrl, seconds, spansPerSecond);
  const before = await progressOf(app.apiUrl);
  const probe = spansPerSecond > 0 ? probeReadable(app.otlpUrl, PATH, app.apiUrl) : null;
  const memory = watchMemory(app.pid);
  const cpu = await cpuSecondsOf(app.pid);
  const start = performance.now();
  const sent = await go();
  // Committed as well as acknowledged: the clock runs on until the spool is empty.
  while ((await progressOf(app.apiUrl)).spooled > 0) await sleep(50);
  const wallSeconds = (performance.now() - start) / 1000;
  memory.stop();
  await probe?.stop();
  await settled(app);
  const cpuSeconds = (await cpuSecondsOf(app.pid)) - cpu;
  const after = await progressOf(app.apiUrl);
  if (after.inserted - before.inserted !== after.acked - before.acked) throw new Error('not all was inserted');
  const name =
    spansPerSecond === 0 ? `as fast as it goes, ${CONNECTIONS} connections` : `paced ${whole(spansPerSecond)}/s`;
  const readable =
    probe === null ? '| |' : `| ${whole(percentile(probe.delaysMs, 0.5))} / ${whole(Math.max(...probe.delaysMs))} |`;
  say(`${row(name, sent.spans, wallSeconds, cpuSeconds, sent.latenciesMs)} ${whole(memory.maxMib)} ${readable}`);
}

async function idle(app: RunningTelltale): Promise<string> {
  await settled(app);
  const before = await cpuSecondsOf(app.pid);
  await sleep(IDLE_SECONDS * 1000);
  const share = ((await cpuSecondsOf(app.pid)) - before) / IDLE_SECONDS;
  return `${(share * 100).toFixed(1)} % of a core, ${whole(await residentMib(app.pid))} MiB`;
}

async function plain(db: Database): Promise<void> {
  const server = await serveNaive(db);
  try {
    const go = await prepare(server.url, NAIVE_SECONDS, 0);
    let sent: Sent | undefined;
    const used = await cost(async () => {
      sent = await go();
      await mergesEnd(db);
    });
    const { spans, latenciesMs, seconds: took } = sent as unknown as Sent;
    say(
      `${row('plain: objects, JSONEachRow, an insert per request', spans, took, used.cpuSeconds, latenciesMs)} ${whole(process.memoryUsage.rss() / 2 ** 20)} | |`,
    );
  } finally {
    server.close();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'telltale-bench-'));
try {
  say(`\n## ${new Date().toISOString().slice(0, 10)}, sustained, ${machine()}\n`);
  say(
    `Command: \`npm run bench:sustained -- ${seconds}\`: the whole program, gzip protobuf of ${BATCH_SPANS} spans, sender on the same cores. Spans/s until all is committed; CPU is the server's, until merges have ended.\n`,
  );
  const dataDir = join(folder, 'data');
  const app = await startServer(dataDir);
  let atRest: string;
  try {
    atRest = await idle(app);
    say(
      '| load | spans/s | CPU s per million | ack p50 ms | ack p99 ms | RSS MiB | readable after ack, p50 / max ms |',
    );
    say('|---|---|---|---|---|---|---|');
    await load(app, 0);
    await load(app, 20_000);
    atRest = `before the load ${atRest}; after it ${await idle(app)}`;
  } finally {
    await app.close();
  }
  const db = await openDatabase({ dataDir });
  try {
    const [disk] = await db.query<{ b: string; n: string; p: string }>(
      "SELECT sum(bytes_on_disk) AS b, sum(rows) AS n, count() AS p FROM system.parts WHERE active AND table = 'spans'",
    );
    await db.command('TRUNCATE TABLE spans');
    await plain(db);
    say(`\nIdle: ${atRest}.`);
    say(
      `On disk ${whole(Number(disk?.b) / Number(disk?.n))} bytes a span in ${disk?.p} parts, ${whole(Number(disk?.n))} spans; the text is made of 6,000 words (about 11 bits a word), so real text takes more.\n`,
    );
    await db.command('TRUNCATE TABLE spans');
    for (const line of await measureParts(db, folder)) say(line);
  } finally {
    await db.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (seconds >= 180) await appendFile(new URL('./RESULTS.md', import.meta.url), `${lines.join('\n')}\n`);
