// `npm run bench:patterns`: the list of error patterns and one pattern, over a million error rows of one day, before and
// after the buckets are sealed. BENCH_ERRORS (default 1,000,000) sets the size; only the full one is recorded.
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countedErrors, counting, WITH_ALIASES } from '#storage/counted-errors';
import type { Database } from '#storage/database';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { settlePatternCounts } from '#storage/pattern-counts';
import { readBurst, readFailingRuns } from '#storage/read-pattern-runs';
import { readPatterns } from '#storage/read-patterns';
import { readArguments } from '../deploy/scripts.mjs';
import { machine, percentile } from './measure.ts';

readArguments('bench/patterns.ts');
const FULL = 1_000_000;
const size = Number(process.env.BENCH_ERRORS ?? FULL);
const DAY_MS = 86_400_000;
const ROUNDS = 20;
const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  console.log(line);
};

// Each failing run has three error spans: the tool, the agent around it and the run, with the same type and text.
const fill = (db: Database, nowMs: number) =>
  db.command(`
  INSERT INTO spans (project_id, fingerprint, fingerprint_version, is_error, start_time, duration_ns, trace_id, span_id,
    received_at, service, service_version, agent, session_id, name, kind, tool_name, error_type, error_message, error_template)
  SELECT 'default', lower(hex(MD5(concat(toString(level), '-', toString(pattern))))), 2, 1,
    fromUnixTimestamp64Milli(at) - toIntervalMillisecond(level * 100), (1000 + level * 200) * 1000000,
    MD5(toString(run)), substring(MD5(toString(number)), 1, 8), fromUnixTimestamp64Milli(at + 3000),
    concat('service-', toString(pattern % 5)), concat('2.', toString(pattern % 7)), concat('agent-', toString(pattern % 20)),
    toString(intDiv(run, 4)), concat('step-', toString(pattern % 50)), 'tool', concat('tool-', toString(pattern % 50)),
    concat('Type', toString(pattern % 10)), concat('order ', toString(run), ' failed'),
    concat('order <n> failed in pattern ', toString(pattern), ' with some more words to make it longer')
  FROM (
    SELECT number, number % 3 AS level, intDiv(number, 3) AS run, cityHash64(run) % 300 AS pattern,
      toInt64(${nowMs - DAY_MS} + run * ${DAY_MS - 60_000} / ${Math.ceil(size / 3)}) AS at
    FROM numbers(${size}))`);

const folder = await mkdtemp(join(tmpdir(), 'telltale-bench-'));
const db = await openDatabase({ dataDir: folder });
try {
  await migrate(db);
  const nowMs = Date.now();
  await fill(db, nowMs);
  const range = { fromMs: nowMs - DAY_MS, toMs: nowMs, steps: 48, restMs: 0 };
  const list = () => readPatterns(db, 'default', range, new Map());
  const plain = () =>
    db.query(
      `${WITH_ALIASES} SELECT fingerprint, count() AS errors, uniqExact(trace) AS runs FROM (${countedErrors("fingerprint != ''", [])}) GROUP BY fingerprint`,
      { ...counting(new Map()), project: 'default', historyAfter: nowMs - DAY_MS - 1 },
      { maxSeconds: 120 },
    );
  const plainMs = await times(plain, 3);
  const start = performance.now();
  const stretches = await settlePatternCounts(db, 'default', 0);
  const settleMs = performance.now() - start;
  const listMs = await times(list, ROUNDS);
  const [top] = (await list()).patterns;
  if (top === undefined) throw new Error('a pattern was not found');
  const members = [top.fingerprint];
  const oneMs = await times(
    () =>
      Promise.all([
        readPatterns(db, 'default', range, new Map(), members),
        readFailingRuns(db, 'default', { ...range, members }),
        readBurst(db, 'default', { ...range, members }),
      ]),
    ROUNDS,
  );
  say(`\n## Error patterns, ${new Date().toISOString().slice(0, 10)}, ${machine()}\n`);
  say(
    `Command: \`npm run bench:patterns\`${size === FULL ? '' : ` with BENCH_ERRORS=${size}`}; engine ${db.engine} ${db.version}. ${size.toLocaleString('en')} error spans of one day in 300 patterns, three levels of each error.\n`,
  );
  say('| question | p50 ms | p95 ms |');
  say('|---|---|---|');
  say(`| counts per pattern, straight from the errors (3 times) | ${cells(plainMs)} |`);
  say(`| list of patterns with 48 steps of trend (${ROUNDS} times) | ${cells(listMs)} |`);
  say(`| one pattern: counts, failing runs, burst (${ROUNDS} times) | ${cells(oneMs)} |`);
  say(
    `\nCounting the whole day ahead, once: ${(settleMs / 1000).toFixed(1)} s for ${stretches} stretches of five minutes.`,
  );
  if (size === FULL) await appendFile(new URL('./RESULTS.md', import.meta.url), `${lines.join('\n')}\n`);
} finally {
  await db.close();
  await rm(folder, { recursive: true, force: true });
}

async function times(work: () => Promise<unknown>, rounds: number): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await work();
    all.push(performance.now() - start);
  }
  return all;
}

function cells(all: readonly number[]): string {
  return `${Math.round(percentile(all, 0.5))} | ${Math.round(percentile(all, 0.95))}`;
}
