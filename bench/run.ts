// `npm run bench`: measures decode, ingest and lookup beside the plain way, and adds the figures to bench/RESULTS.md.
// BENCH_SPANS (default 1,000,000) is the size of the table for lookups; less for a quick look, which is not recorded.
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { readArguments } from '../deploy/scripts.mjs';
import { benchDecode } from './decode.ts';
import { benchIngest, benchNaiveIngest, type IngestResult } from './ingest.ts';
import { benchLookup, type Latency } from './lookup.ts';
import { machine, median, type Rate } from './measure.ts';

readArguments('bench/run.ts');
const FULL = 1_000_000;
const size = Number(process.env.BENCH_SPANS ?? FULL);
const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  console.log(line);
};
const whole = (value: number) => Math.round(value).toLocaleString('en');
const rateCells = ({ spansPerSecond, cpuPerMillion }: Rate) => `${whole(spansPerSecond)} | ${cpuPerMillion.toFixed(1)}`;
const times = (a: number, b: number) => `${(a / b).toFixed(1)} ×`;

const folder = await mkdtemp(join(tmpdir(), 'telltale-bench-'));
const db = await openDatabase({ dataDir: folder });
try {
  await migrate(db);
  say(`\n## ${new Date().toISOString().slice(0, 10)}, ${machine()}\n`);
  say(
    `Command: \`npm run bench\`${size === FULL ? '' : ` with BENCH_SPANS=${size}`}; engine ${db.engine} ${db.version}. "Plain" is protobufjs objects and JSONEachRow, one insert per request, in the same run.\n`,
  );

  const decode = await benchDecode(20_480, 7);
  say('| decode alone (512 spans a request, median of 7 rounds in turns) | spans/s | CPU s per million |');
  say('|---|---|---|');
  say(`| Telltale: wire to Native block | ${rateCells(decode.ours)} |`);
  say(`| plain: objects to JSON rows | ${rateCells(decode.naive)} |`);
  say(
    `| Telltale against plain | ${times(decode.ours.spansPerSecond, decode.naive.spansPerSecond)} | ${times(decode.naive.cpuPerMillion, decode.ours.cpuPerMillion)} less |\n`,
  );

  // Each round is a few per cent of the table; together they fill it.
  const rounds = 5;
  const oursLoad = {
    spans: Math.round((size * 0.9) / rounds),
    batchSpans: 512,
    connections: 64,
    startMs: Date.now() - 6 * 3_600_000,
  };
  const plainLoad = { ...oursLoad, spans: Math.round((size * 0.1) / rounds) };
  const ours: IngestResult[] = [];
  const plain: IngestResult[] = [];
  for (let i = 0; i < rounds; i++) {
    const at = oursLoad.startMs + i * 3_600_000;
    ours.push(await benchIngest(db, folder, { ...oursLoad, startMs: at }, 100 + i));
    plain.push(await benchNaiveIngest(db, { ...plainLoad, startMs: at }, 200 + i));
  }
  const middle = (results: IngestResult[]) => median(results, ({ cpuPerMillion }) => cpuPerMillion);
  const [a, b] = [middle(ours), middle(plain)];
  say(
    '| HTTP to committed insert (gzip, 512 spans a request, 64 connections, sender on the same cores, median of 5 rounds in turns) | spans/s | CPU s per million | reply p50 ms | reply p99 ms |',
  );
  say('|---|---|---|---|---|');
  say(`| Telltale | ${rateCells(a)} | ${whole(a.p50Ms)} | ${whole(a.p99Ms)} |`);
  say(`| plain | ${rateCells(b)} | ${whole(b.p50Ms)} | ${whole(b.p99Ms)} |`);
  say(
    `| Telltale against plain | ${times(a.spansPerSecond, b.spansPerSecond)} | ${times(b.cpuPerMillion, a.cpuPerMillion)} less | | |\n`,
  );

  const lookup = await benchLookup(db, 300);
  const cells = ({ p50Ms, p95Ms, p99Ms }: Latency) => [p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(1)).join(' | ');
  say(`| trace by id, ${whole(lookup.spans)} spans stored, 300 lookups in turns | p50 ms | p95 ms | p99 ms |`);
  say('|---|---|---|---|');
  say(`| Telltale: trace index, whole skeleton and run | ${cells(lookup.ours)} |`);
  say(`| scan for the id, same columns | ${cells(lookup.scan)} |`);
  if (size === FULL) await appendFile(new URL('./RESULTS.md', import.meta.url), `${lines.join('\n')}\n`);
} finally {
  await db.close();
  await rm(folder, { recursive: true, force: true });
}
