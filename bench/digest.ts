// `npm run bench:digest`: a day of 100,000 runs, and the four days it is compared with, written as a digest. It runs on the
// embedded engine in a folder of its own; the spans are made inside the engine, as the collector would have stored them.

import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '#storage/database';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { readIncidents } from '#storage/read-incidents';
import { openStores } from '#storage/stores';
import { gather } from '../alerting/digest/gather.ts';
import { writeDigest } from '../alerting/digest/write-digest.ts';
import { readArguments } from '../deploy/scripts.mjs';

readArguments('bench/digest.ts');
const RUNS = Number(process.env.BENCH_RUNS ?? 100_000);
const SPANS_A_RUN = 10;
const DAY = '2026-11-20';
const NOW_MS = Date.parse('2026-11-21T08:00:00Z');

/** Of ten spans of a run: the root, a decision, three calls of a model, five tools; every twentieth run fails. */
async function insertDay(db: Database, date: string, runs: number, repeatsCosts: boolean): Promise<void> {
  const startMs = Date.parse(`${date}T00:00:00Z`);
  await db.command(`
INSERT INTO spans (project_id, received_at, trace_id, span_id, parent_span_id, name, otel_kind, kind, service, agent,
  start_time, duration_ns, is_error, error_type, error_message, error_template, fingerprint, model, cost_usd,
  decision_name, decision_choice, decision_confidence, decision_threshold, decision_outcome)
SELECT 'default', addSeconds(begun, 5),
  sipHash128('${date}', run), reinterpretAsFixedString(toUInt64(n + 1)),
  if(n = 0, toFixedString('', 8), reinterpretAsFixedString(toUInt64(1))),
  ['handle', 'decide', 'chat', 'search'][least(n, 3) + 1], 1,
  multiIf(n = 0, 'agent', n = 1, 'decision', n < 5, 'llm', 'tool'), 'shop', concat('agent-', toString(run % 20)),
  addMilliseconds(begun, n * 300), if(n = 0, 3000 + run % 60000, 250) * 1000000,
  run % 20 = 0 AND n IN (0, 9), if(run % 20 = 0 AND n IN (0, 9), 'Timeout', ''),
  if(run % 20 = 0 AND n IN (0, 9), 'no answer', ''), if(run % 20 = 0 AND n IN (0, 9), 'no answer', ''),
  if(run % 20 = 0 AND n IN (0, 9), concat('f', toString(run % 400)), ''),
  if(n BETWEEN 2 AND 4, 'gpt-4.1', ''),
  if(n BETWEEN 2 AND 4${repeatsCosts ? ' OR n = 0' : ''}, 0.001 * (1 + run % 7), NULL),
  if(n = 1, concat('decision-', toString(run % 30)), ''), if(n = 1, 'go', ''),
  if(n = 1, (run % 100) / 100, NULL), if(n = 1, 0.3, NULL), if(n = 1, 'executed', '')
FROM (
  SELECT intDiv(number, ${SPANS_A_RUN}) AS run, number % ${SPANS_A_RUN} AS n,
    addMilliseconds(fromUnixTimestamp64Milli(toInt64(${startMs}), 'UTC'), run * intDiv(86000000, ${runs})) AS begun
  FROM numbers(${runs * SPANS_A_RUN}))`);
}

interface Figures {
  readonly what: string;
  readonly seconds: string;
  readonly runs: number;
  readonly rssMib: number;
}

async function measure(what: string, repeatsCosts: boolean, withHistory: boolean): Promise<Figures> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telltale-bench-'));
  const db = await openDatabase({ dataDir });
  try {
    await migrate(db);
    const before = withHistory ? ['2026-11-13', '2026-11-06', '2026-10-30', '2026-10-23'] : [];
    // A run before the oldest day, so that it is known as a whole.
    if (withHistory) await insertDay(db, '2026-10-22', 1, false);
    for (const date of [...before, DAY]) await insertDay(db, date, RUNS, repeatsCosts);
    const deps = { db, ...openStores(db, 'default'), readIncidents, publicUrl: () => 'http://localhost:4319' };
    const of = { projectId: 'default', date: DAY, form: 'daily', timeZone: 'UTC' } as const;
    const from = performance.now();
    const { digest } = await writeDigest(deps, of, NOW_MS);
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    if (digest.numbers.runs !== RUNS || digest.usual.of !== before.length) throw new Error('the digest counts wrongly');
    const facts = await gather(deps, of, NOW_MS);
    if (Math.abs((facts.numbers.costUsd ?? 0) - (digest.numbers.costUsd ?? 0)) > 1e-6) throw new Error('costs differ');
    return { what, seconds, runs: digest.numbers.runs, rssMib: Math.round(process.memoryUsage().rss / 2 ** 20) };
  } finally {
    await db.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

console.log(`${cpus().length} cores, Node ${process.version}, ${RUNS * SPANS_A_RUN} spans a day`);
console.log('| A digest of | Seconds | Runs | Memory, MiB |\n|---|---|---|---|');
for (const [what, repeats, history] of [
  ['a day, nothing to compare with', false, false],
  ['a day whose runs all repeat costs on their parents', true, false],
  ['a day, and four weeks before without digests', false, true],
] as const) {
  const { seconds, runs, rssMib } = await measure(what, repeats, history);
  console.log(`| ${what} | ${seconds} | ${runs} | ${rssMib} |`);
}
process.exit(0);
