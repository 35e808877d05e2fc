import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, HOUR, id, insertSpans, NOW_MS, openTestDatabase, SECOND, span } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { silences } from './intake.ts';
import { readDeadLetters, readNewPatterns } from './read-digest-trouble.ts';

let db: Database;
let close: () => Promise<void>;
const DAY = { fromMs: NOW_MS - 12 * 3_600_000, toMs: NOW_MS + 12 * 3_600_000 };
const NOBODY_MERGED = new Map<string, string>();
const error = (project: string, trace: number, startNs: number, over: Readonly<Record<string, unknown>> = {}) =>
  span(trace, 1, {
    project_id: project,
    start_time: at(startNs),
    received_at: at(startNs + SECOND).slice(0, 23),
    is_error: 1,
    error_type: 'Timeout',
    error_message: 'no answer',
    error_template: 'no answer',
    fingerprint_version: 1,
    ...over,
  });

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

describe('new patterns', () => {
  it('are those that no span from before has, counted where they began', async () => {
    await insertSpans(db, [
      error('a', 1, -30 * HOUR, { fingerprint: 'known' }),
      error('a', 2, HOUR, { fingerprint: 'known' }),
      error('a', 3, HOUR, { fingerprint: 'outer', duration_ns: String(5 * SECOND) }),
      error('a', 3, HOUR + SECOND, {
        fingerprint: 'inner',
        span_id: id(2, 16),
        parent_span_id: id(1, 16),
        name: 'tool',
      }),
      error('a', 4, 20 * HOUR, { fingerprint: 'tomorrow' }),
    ]);
    expect(await readNewPatterns(db, 'a', DAY, NOBODY_MERGED)).toMatchObject([
      { fingerprint: 'inner', errors: 1, runs: 1, step: 'tool' },
    ]);
  });

  it('are all of them on the first day, and none on the day the fingerprint itself changed', async () => {
    await insertSpans(db, [
      error('first', 1, HOUR, { fingerprint: 'x' }),
      error('upgraded', 1, -30 * HOUR, { fingerprint: 'x' }),
      error('upgraded', 2, HOUR, { fingerprint: 'y', fingerprint_version: 2 }),
    ]);
    expect(await readNewPatterns(db, 'first', DAY, NOBODY_MERGED)).toHaveLength(1);
    expect(await readNewPatterns(db, 'upgraded', DAY, NOBODY_MERGED)).toEqual([]);
  });

  it('are one where people put them together, and not new when any of them was known', async () => {
    await insertSpans(db, [
      error('merged', 1, -30 * HOUR, { fingerprint: 'old' }),
      error('merged', 2, HOUR, { fingerprint: 'renamed' }),
      error('merged', 3, HOUR, { fingerprint: 'left' }),
      error('merged', 4, 2 * HOUR, { fingerprint: 'right', error_type: 'Refused' }),
    ]);
    const names = async (aliases: ReadonlyMap<string, string>) =>
      (await readNewPatterns(db, 'merged', DAY, aliases)).map(({ fingerprint, runs }) => `${fingerprint} ${runs}`);
    expect(await names(NOBODY_MERGED)).toEqual(['left 1', 'renamed 1', 'right 1']);
    const pair = ['right', 'left'] as const;
    expect(await names(new Map([['renamed', 'old'], pair]))).toEqual(['left 2']);
    expect(await names(new Map([['old', 'renamed'], pair]))).toEqual(['left 2']);
  });

  it('are reported on the day they ended, also when they began the day before', async () => {
    await insertSpans(db, [
      error('midnight', 1, -13 * HOUR, {
        fingerprint: 'long',
        duration_ns: String(2 * HOUR),
        received_at: at(-11 * HOUR + SECOND).slice(0, 23),
      }),
    ]);
    expect(await readNewPatterns(db, 'midnight', DAY, NOBODY_MERGED)).toMatchObject([{ fingerprint: 'long' }]);
    const before = { fromMs: DAY.fromMs - 86_400_000, toMs: DAY.fromMs };
    expect(await readNewPatterns(db, 'midnight', before, NOBODY_MERGED)).toEqual([]);
  });

  it('are not new again when what was stored of them is gone', async () => {
    await insertSpans(db, [
      error('kept', 1, -30 * HOUR, { fingerprint: 'x' }),
      error('kept', 2, HOUR, { fingerprint: 'x' }),
      error('kept', 3, HOUR, { fingerprint: 'y' }),
    ]);
    await db.command(
      `ALTER TABLE errors DELETE WHERE project_id = 'kept' AND trace_id = unhex('${id(1, 32)}') SETTINGS mutations_sync = 2`,
    );
    expect(await readNewPatterns(db, 'kept', DAY, NOBODY_MERGED)).toMatchObject([{ fingerprint: 'y' }]);
  });
});

it('dead letters are counted by agent, each step once however often its span came', async () => {
  const letter = (trace: number, agent: string) =>
    span(trace, 1, { project_id: 'b', agent, marks: ['retry: 3 of 3', 'dead_letter: refunds'], start_time: at(HOUR) });
  await insertSpans(db, [letter(1, 'desk'), letter(1, 'desk'), letter(2, 'desk'), letter(3, 'triage')]);
  expect(await readDeadLetters(db, 'b', DAY)).toMatchObject([
    { who: 'desk', letters: 2 },
    { who: 'triage', letters: 1 },
  ]);
});

it('a collector was down between two signs that lie too far apart, as far as that is within the period', () => {
  const period = { fromMs: 100, toMs: 200 };
  expect(silences([90, 99, 105, 150, 198], period, 10)).toEqual([
    { fromMs: 105, toMs: 150 },
    { fromMs: 150, toMs: 198 },
  ]);
  expect(silences([50, 120, 195, 300], period, 10)).toEqual([
    { fromMs: 100, toMs: 120 },
    { fromMs: 120, toMs: 195 },
    { fromMs: 195, toMs: 200 },
  ]);
  expect(silences([150], period, 10)).toEqual([{ fromMs: 150, toMs: 200 }]);
});
