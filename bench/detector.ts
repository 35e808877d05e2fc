// `npm run bench:detector`: what a tick costs where a million errors a day come in, and how long it takes from the tenth
// error to the message. Added to bench/RESULTS.md. BENCH_ERRORS (default 1,000,000) is the errors of a day.
import { appendFile } from 'node:fs/promises';
import type { Database } from '#storage/database';
import { startAlerting } from '../alerting/start-alerting.ts';
import { readArguments } from '../deploy/scripts.mjs';
import { seededRandom } from '../test/faults/random.ts';
import { insertErrors } from '../test/support/error-rows.ts';
import { type FakeSlack, startFakeSlack } from '../test/support/fake-slack.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import { testDirectory } from '../test/support/test-directory.ts';
import { machine, percentile } from './measure.ts';

readArguments('bench/detector.ts');
const FULL = 1_000_000;
const errorsPerDay = Number(process.env.BENCH_ERRORS ?? FULL);
const PATTERNS = 200;
const TICKS = 30;
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  console.log(line);
};

/** A day of errors in 200 patterns, straight into the table, half an hour at a time. */
async function fill(db: Database, projectId: string, endMs: number): Promise<void> {
  const slots = 48;
  for (let slot = 0; slot < slots; slot++) {
    const fromMs = endMs - DAY_MS + (slot * DAY_MS) / slots;
    const rows = Math.round(errorsPerDay / slots);
    await db.command(`
      INSERT INTO errors (project_id, fingerprint, fingerprint_version, start_time, end_time, trace_id, span_id,
        received_at, service, agent, name, kind, error_type, error_message, error_template)
      SELECT '${projectId}', concat('pattern-', toString(number % ${PATTERNS})), 1,
        fromUnixTimestamp64Milli(toInt64(${fromMs} + number * ${DAY_MS / slots / rows})) AS started, started,
        toFixedString(unhex(leftPad(hex(${slot * 10_000_000} + intDiv(number, 2)), 32, '0')), 16),
        toFixedString(unhex(leftPad(hex(number + 1), 16, '0')), 8),
        fromUnixTimestamp64Milli(toInt64(${fromMs} + number * ${DAY_MS / slots / rows} + 800)),
        'shop', 'agent', 'step', 'tool', 'Error', concat('order ', toString(number), ' failed'), 'order <num> failed'
      FROM numbers(${rows})`);
  }
}

/** Milliseconds of each tick, while errors keep coming. */
async function measureTicks(db: Database, slack: FakeSlack): Promise<number[]> {
  const endMs = Date.parse('2026-03-02T12:00:00.000Z');
  await fill(db, 'busy', endMs);
  let nowMs = endMs - TICKS * MINUTE_MS;
  const alerting = start(db, 'busy', slack, () => nowMs);
  const took: number[] = [];
  for (let tick = 0; tick < TICKS; tick++) {
    nowMs += MINUTE_MS;
    const beginMs = performance.now();
    const result = await alerting.tick();
    if (result.status !== 'done') throw new Error(`a tick failed: ${JSON.stringify(result)}`);
    took.push(performance.now() - beginMs);
  }
  await alerting.stop();
  return took;
}

const silent = () => undefined;
function start(db: Database, projectId: string, slack: FakeSlack, now: () => number) {
  return startAlerting({
    db,
    projectId,
    publicUrl: () => 'http://telltale.test',
    directory: testDirectory({ db, projectId, slackWebhookUrl: slack.webhookUrl, writeLine: silent, now }),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    now,
    wake: () => silent,
  });
}

/**
 * Seconds from the receipt of the tenth error to the moment Slack has the message. The minutes between ticks are
 * simulated: an error comes at any moment of a minute, the tick at its end; what the tick takes is measured.
 */
async function measureDelays(db: Database, slack: FakeSlack, rounds: number): Promise<number[]> {
  const random = seededRandom(7);
  const delays: number[] = [];
  let nowMs = Date.parse('2026-03-02T12:00:00.000Z');
  const alerting = start(db, 'calm', slack, () => nowMs);
  for (let round = 0; round < rounds; round++) {
    const tenthMs = nowMs + Math.floor(random() * MINUTE_MS);
    const errors = Array.from({ length: 10 }, (_, i) => ({
      projectId: 'calm',
      fingerprint: `round-${round}`,
      trace: round * 100 + i + 1,
      endedMs: tenthMs - (9 - i) * 60_000,
    }));
    // The spool hands over within about a second (TELLTALE_SPOOL_FLUSH_MS).
    const readableMs = tenthMs + 1000;
    await insertErrors(db, errors);
    const before = slack.posts.length;
    while (slack.posts.length === before) {
      nowMs += MINUTE_MS;
      if (nowMs < readableMs) continue;
      const beginMs = performance.now();
      await alerting.tick();
      if (slack.posts.length > before) delays.push((nowMs - tenthMs + performance.now() - beginMs) / 1000);
    }
    // Until the pattern is over, and the channel may be spoken to again.
    for (const minutes of [20, 20, 20, 20]) {
      nowMs += minutes * MINUTE_MS;
      await alerting.tick();
    }
  }
  await alerting.stop();
  return delays;
}

const { db, close } = await openTestDatabase();
const slack = await startFakeSlack();
try {
  say(`\n## ${new Date().toISOString().slice(0, 10)}, ${machine()}: the detector\n`);
  say(
    `Command: \`npm run bench:detector\`${errorsPerDay === FULL ? '' : ` with BENCH_ERRORS=${errorsPerDay}`}; engine ${db.engine} ${db.version}.\n`,
  );
  const ticks = await measureTicks(db, slack);
  say(
    `| a tick, with ${errorsPerDay.toLocaleString('en')} errors a day in ${PATTERNS} patterns (${ticks.length} ticks) | p50 | p95 | longest |`,
  );
  say('|---|---|---|---|');
  const ms = (value: number) => `${Math.round(value)} ms`;
  say(
    `| judged, saved and sent | ${ms(percentile(ticks, 0.5))} | ${ms(percentile(ticks, 0.95))} | ${ms(Math.max(...ticks))} |\n`,
  );
  const delays = await measureDelays(db, slack, 60);
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  say(
    `| from the tenth error to Slack, default tick, minutes simulated (${delays.length} patterns) | p50 | p95 | longest |`,
  );
  say('|---|---|---|---|');
  say(
    `| one pattern at a time | ${seconds(percentile(delays, 0.5))} | ${seconds(percentile(delays, 0.95))} | ${seconds(Math.max(...delays))} |`,
  );
  if (errorsPerDay === FULL) await appendFile(new URL('./RESULTS.md', import.meta.url), `${lines.join('\n')}\n`);
} finally {
  await slack.close();
  await close();
}
