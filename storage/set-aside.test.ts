import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import {
  countOpenSetAside,
  RETRY_AFTER_MS,
  RETRY_EACH_TICK,
  readOpenSetAside,
  readSetAside,
  reasonOf,
  recordSetAside,
} from './set-aside.ts';

const NOON = Date.parse('2026-11-20T12:00:00.000Z');
const DAY = { fromMs: NOON - 3_600_000, toMs: NOON + 86_400_000 };
let db: Database;
let close: () => Promise<void>;
beforeAll(async () => ({ db, close } = await openTestDatabase()));
afterAll(() => close());

test('an item is tried after growing pauses, then only when someone asks, and closes when it is done', async () => {
  const failed = [{ item: 'run', reason: 'It does not read.' }];
  let nowMs = NOON;
  const pauses: (number | null)[] = [];
  for (let i = 0; i <= RETRY_AFTER_MS.length; i++) {
    await recordSetAside(db, 'a', 'summaries', nowMs, { failed });
    const { retryAtMs } = (await readOpenSetAside(db, 'a', 'summaries')).get('run') ?? {};
    pauses.push(retryAtMs == null ? null : retryAtMs - nowMs);
    nowMs = retryAtMs ?? nowMs + 1;
  }
  expect(pauses).toEqual([...RETRY_AFTER_MS, null]);
  expect(await readSetAside(db, 'a', DAY)).toMatchObject({
    total: 1,
    open: 1,
    items: [
      { queue: 'summaries', item: 'run', tries: 6, isOpen: true, retryAt: null, firstAt: '2026-11-20T12:00:00.000Z' },
    ],
  });
  await recordSetAside(db, 'a', 'summaries', nowMs, { done: ['run', 'another'] });
  expect(await readOpenSetAside(db, 'a', 'summaries')).toEqual(new Map());
  expect(await readSetAside(db, 'a', DAY)).toMatchObject({ total: 1, open: 0, items: [{ isOpen: false, tries: 6 }] });

  // What fails anew begins anew, also by a clock that stepped back.
  await recordSetAside(db, 'a', 'summaries', NOON, { failed });
  expect((await readOpenSetAside(db, 'a', 'summaries')).get('run')).toMatchObject({ tries: 1, firstAtMs: NOON });
});

test('counts by queue and project, newest first, with the total of what is not shown', async () => {
  const failed = Array.from({ length: 5 }, (_, i) => ({ item: `pattern:${i}`, reason: 'no' }));
  await recordSetAside(db, 'b', 'detector', NOON, { failed }, RETRY_EACH_TICK);
  await recordSetAside(db, 'b', 'digest', NOON + 1, { failed: [{ item: 'daily', reason: 'no' }] });
  expect(await countOpenSetAside(db, 'b')).toEqual(
    new Map([
      ['detector', 5],
      ['digest', 1],
    ]),
  );
  const page = await readSetAside(db, 'b', DAY, 2);
  expect(page).toMatchObject({ total: 6, open: 6, items: [{ item: 'daily' }, { item: 'pattern:0' }] });
  expect(await readSetAside(db, 'b', { fromMs: 0, toMs: NOON })).toEqual({ items: [], total: 0, open: 0 });
  expect((await readOpenSetAside(db, 'b', 'detector')).get('pattern:0')?.retryAtMs).toBe(NOON);
});

test('a reason is short, on one line and without secrets', async () => {
  const secret = 'sk-abcdefghijklmnopqrstuvwxyz0123456789';
  const reason = reasonOf(new Error(`Code: 62.\n DB::Exception: ${secret} ${'x'.repeat(100_000)}`));
  expect(reason.length).toBeLessThanOrEqual(300);
  expect(reason).toMatch(/^Code: 62\. DB::Exception: \[redacted\]/);
  await recordSetAside(db, 'c', 'digest', NOON, {
    failed: [{ item: 'x'.repeat(5000), reason: `${secret} ${'é'.repeat(900)}` }],
  });
  const [stored] = (await readSetAside(db, 'c', DAY)).items;
  expect(stored?.reason).not.toContain('sk-');
  expect([...(stored?.reason ?? '')].length).toBeLessThanOrEqual(400);
  expect([...(stored?.item ?? '')].length).toBe(300);
  await recordSetAside(db, 'c', 'digest', NOON, { done: ['x'.repeat(5000)] });
  expect(await countOpenSetAside(db, 'c')).toEqual(new Map());
});
