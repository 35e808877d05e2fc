// `npm run bench:sustained`: how much one machine takes for as long as it lasts. Closed loop over many connections, then
// a steady pace, each until the spool is empty; CPU of the whole server, merges included. Seconds as the first argument.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '#storage/database';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { startCollector } from '../collector/collector.ts';
import { cost, machine, percentile } from './measure.ts';

const seconds = Number(process.argv[2] ?? 180);
const BATCH_SPANS = 512;
const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  console.log(line);
};
const whole = (value: number) => Math.round(value).toLocaleString('en');

interface Sent {
  readonly latenciesMs: number[];
  readonly spans: number;
}

/** @param spansPerSecond 0 = as fast as replies come */
async function run(db: Database, dataDir: string, connections: number, spansPerSecond: number): Promise<void> {
  const collector = await startCollector({
    db,
    projectId: 'default',
    host: '127.0.0.1',
    httpPort: 0,
    dataDir,
    log: console,
  });
  const sender = fork(
    new URL('./pacer.ts', import.meta.url),
    [collector.url, connections, seconds, spansPerSecond, BATCH_SPANS].map(String),
    { execArgv: process.execArgv },
  );
  await once(sender, 'message');
  let maxRss = 0;
  let oldestMs = 0;
  const watch = setInterval(() => {
    maxRss = Math.max(maxRss, process.memoryUsage.rss());
    oldestMs = Math.max(oldestMs, collector.spool.oldestAtMs === null ? 0 : Date.now() - collector.spool.oldestAtMs);
  }, 200);
  let sent: Sent = { latenciesMs: [], spans: 0 };
  const used = await cost(async () => {
    const done = once(sender, 'message');
    sender.send('go');
    [sent] = (await done) as [Sent];
    await collector.settled();
    await mergesEnd(db);
  });
  clearInterval(watch);
  const { inserted, acked } = collector.counters.spans;
  await collector.close();
  if (inserted !== acked) throw new Error(`${acked} acknowledged, ${inserted} inserted`);
  const p = (share: number) => percentile(sent.latenciesMs, share).toFixed(1);
  const name =
    spansPerSecond === 0 ? `as fast as it goes, ${connections} connections` : `paced ${whole(spansPerSecond)}/s`;
  say(
    `| ${name} | ${whole(sent.spans / used.wallSeconds)} | ${((used.cpuSeconds / sent.spans) * 1e6).toFixed(1)} | ${p(0.5)} | ${p(0.99)} | ${whole(oldestMs)} | ${whole(maxRss / 2 ** 20)} |`,
  );
}

async function mergesEnd(db: Database): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    const [row] = await db.query<{ n: string }>('SELECT count() AS n FROM system.merges');
    quiet = row?.n === '0' ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const folder = await mkdtemp(join(tmpdir(), 'telltale-bench-'));
const db = await openDatabase({ dataDir: folder });
try {
  await migrate(db);
  say(`\n## ${new Date().toISOString().slice(0, 10)}, sustained, ${machine()}\n`);
  say(
    `Command: \`npm run bench:sustained -- ${seconds}\`; gzip protobuf of ${BATCH_SPANS} spans, sender on the same cores, until the spool is empty and merges have ended. CPU is the server's.\n`,
  );
  say(
    '| load | spans/s acknowledged and committed | CPU s per million | ack p50 ms | ack p99 ms | oldest in spool ms | RSS MiB |',
  );
  say('|---|---|---|---|---|---|---|');
  await run(db, folder, 16, 0);
  await run(db, folder, 16, 20_000);
  const [disk] = await db.query<{ b: string; n: string }>(
    "SELECT sum(bytes_on_disk) AS b, sum(rows) AS n FROM system.parts WHERE active AND table = 'spans'",
  );
  say(
    `\nOn disk ${whole(Number(disk?.b) / Number(disk?.n))} bytes a span; the text is made of 6,000 words, so real text takes more.`,
  );
} finally {
  await db.close();
  await rm(folder, { recursive: true, force: true });
}
if (seconds >= 180) await appendFile(new URL('./RESULTS.md', import.meta.url), `${lines.join('\n')}\n`);
