// The day's money: never more is set aside than there is, whoever asks at once, and a crash frees nothing.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Database } from '#storage/database';
import { readSpent, readUsedUpMs } from '#storage/model-calls';
import { NOW_MS, openTestDatabase } from '../../../test/support/span-rows.ts';
import { createBudget, dayOf, microUsdOf } from './budget.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let db: Database;
let close: () => Promise<void>;
beforeAll(async () => ({ db, close } = await openTestDatabase()));
afterAll(() => close());

const CALL = { traceId: 'a'.repeat(32), model: 'm-1', promptVersion: 'run-1' };
/** At a dollar a million tokens this is a thousand millionths. */
const MOST = { tokensIn: 600, tokensOut: 400 };
const budgetOf = (projectId: string, dailyUsd: number, now = () => NOW_MS) =>
  createBudget({ db, projectId, dailyUsd, price: { inputUsd: 1, outputUsd: 1 }, now });
const spent = (projectId: string, day = dayOf(NOW_MS)) => readSpent(db, projectId, day);

test('two processes that ask at once never set aside more than there is', async () => {
  const budgets = [budgetOf('two', 0.005), budgetOf('two', 0.005)];
  const asked = await Promise.all(
    Array.from({ length: 16 }, (_, i) => budgets[i % 2]?.reserve(CALL, MOST) ?? Promise.resolve(null)),
  );
  const granted = asked.filter((reservation) => reservation !== null);
  expect(granted.length).toBeLessThanOrEqual(5);
  expect(await spent('two')).toBe(granted.length * 1000);
  // One after the other there is room for exactly what is left.
  for (let left = granted.length; left < 5; left++) expect(await budgets[0]?.reserve(CALL, MOST)).not.toBeNull();
  expect(await budgets[1]?.reserve(CALL, MOST)).toBeNull();
  expect(budgets[1]?.isAtCap()).toBe(true);
});

test('what a call came to takes the place of what was set aside; one that may have cost keeps it', async () => {
  const budget = budgetOf('settle', 1);
  const first = await budget.reserve(CALL, MOST);
  expect(await first?.settle({ tokensIn: 100, tokensOut: 50, outcome: 'answered', mayHaveCost: true })).toBe(150);
  expect(await spent('settle')).toBe(150);
  const second = await budget.reserve(CALL, MOST);
  expect(await second?.settle({ tokensIn: null, tokensOut: null, outcome: 'timeout', mayHaveCost: true })).toBe(1000);
  const third = await budget.reserve(CALL, MOST);
  expect(await third?.settle({ tokensIn: null, tokensOut: null, outcome: 'http_429', mayHaveCost: false })).toBe(0);
  expect(await spent('settle')).toBe(1150);
  expect(budget.spentUsd()).toBeCloseTo(0.00115, 9);
  // Merging the parts of the table changes nothing.
  await db.command('OPTIMIZE TABLE model_calls FINAL');
  expect(await spent('settle')).toBe(1150);
});

test('a call that never ended stays counted after a restart, until the day is over', async () => {
  expect(await budgetOf('crash', 0.0015).reserve(CALL, MOST)).not.toBeNull();
  let nowMs = NOW_MS;
  const restarted = budgetOf('crash', 0.0015, () => nowMs);
  expect(await restarted.reserve(CALL, MOST)).toBeNull();
  nowMs += 24 * 3_600_000;
  expect(restarted.isAtCap()).toBe(false);
  expect(await restarted.reserve(CALL, MOST)).not.toBeNull();
});

test('nothing is set aside of a budget of nothing, and free calls always fit', async () => {
  expect(await budgetOf('zero', 0).reserve(CALL, MOST)).toBeNull();
  const free = createBudget({
    db,
    projectId: 'free',
    dailyUsd: 0,
    price: { inputUsd: 0, outputUsd: 0 },
    now: () => NOW_MS,
  });
  expect(await free.reserve(CALL, MOST)).not.toBeNull();
  expect(microUsdOf({ inputUsd: 0.15, outputUsd: 0.6 }, 1, 1)).toBe(1);
});

test('when the money was used up is noted once a day, and costs nothing', async () => {
  let nowMs = NOW_MS;
  const day = { fromMs: NOW_MS - 1000, toMs: NOW_MS + 3_600_000 };
  const first = budgetOf('used-up', 0.001, () => nowMs);
  expect(await first.reserve(CALL, MOST)).not.toBeNull();
  expect(await readUsedUpMs(db, 'used-up', day)).toBeNull();
  for (const budget of [first, first, budgetOf('used-up', 0.001, () => nowMs)]) {
    nowMs += 60_000;
    expect(await budget.reserve(CALL, MOST)).toBeNull();
  }
  await db.command('OPTIMIZE TABLE model_calls FINAL');
  expect(await readUsedUpMs(db, 'used-up', day)).toBe(NOW_MS + 60_000);
  expect(await spent('used-up')).toBe(1000);
  expect(await readUsedUpMs(db, 'used-up', { fromMs: day.toMs, toMs: day.toMs + 1 })).toBeNull();
});
