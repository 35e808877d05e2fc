import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { readPartsOf } from '#storage/read-errors';
import { openStores } from '#storage/stores';
import { insertErrors } from '../../test/support/error-rows.ts';
import { openTestDatabase } from '../../test/support/span-rows.ts';
import { IS_FULL_TIER } from '../../test/support/tier.ts';
import { readNewErrors } from './read-new-errors.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const names = Array.from({ length: 40 }, (_, i) => `pattern-${i}`);
const QUERY = {
  cursorMs: NOON,
  threshold: 10,
  traces: 3,
  fewest: 1,
  reachMs: 45 * MINUTE,
  // Two that have nothing new, and one that never was.
  open: ['pattern-0', 'pattern-1', 'never'],
  aliases: new Map([['pattern-39', 'pattern-5']]),
};

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  await insertErrors(
    db,
    names.flatMap((fingerprint, i) =>
      [1, 2, 3].map((n) => ({
        projectId: 'default',
        fingerprint,
        trace: i * 10 + n,
        endedMs: NOON + (i < 2 ? -30 : 1) * MINUTE + n,
      })),
    ),
  );
});
afterAll(() => close());

async function read(errorsAtOnce?: number, by = db) {
  const shares = [];
  for await (const share of readNewErrors({ db: by, ...openStores(by, 'default') }, QUERY, errorsAtOnce))
    shares.push(share);
  return shares;
}

it('what is read in shares is what is read at once, and each pattern is in one of them', async () => {
  const [whole, ...others] = await read();
  expect(others).toEqual([]);
  // 40 without the merged one.
  expect(whole?.patterns.size).toBe(39);
  expect(whole?.open).toEqual(QUERY.open);

  const shares = await read(10);
  expect(shares.length).toBe(12);
  for (const share of shares) {
    expect(share.patterns.size).toBeLessThan(39);
    expect(share.fresh).toBe(whole?.fresh);
    expect(share.completeSinceMs).toBe(whole?.completeSinceMs);
    // An open one is looked for where its errors are.
    for (const name of share.open) expect(share.patterns.has(name)).toBe(name !== 'never');
  }
  const all = shares.flatMap(({ patterns }) => [...patterns]);
  expect(all.length).toBe(39);
  expect(new Map(all)).toEqual(whole?.patterns);
  expect(shares.flatMap(({ open }) => open).sort()).toEqual([...QUERY.open].sort());
});

it.each(IS_FULL_TIER ? [undefined, 10, 1] : [undefined, 10])(
  'of an open one whose part cannot be read nothing is concluded, with %s errors at once',
  async (errorsAtOnce) => {
    const [bad = -1, other] = await readPartsOf(db, ['pattern-0', 'pattern-1']);
    expect(other).not.toBe(bad);
    const queryTuples: Database['queryTuples'] = (sql, params, limits) => {
      const { parts = [] } = params as { parts?: number[] };
      if (parts.length === 0 || parts.includes(bad)) return Promise.reject(new Error('Refused by storage.'));
      return db.queryTuples(sql, params, limits);
    };
    const shares = await read(errorsAtOnce, { ...db, queryTuples });
    expect(shares.flatMap(({ failed }) => failed.map(({ name }) => name))).toEqual([`${bad + 1} of 64`]);
    expect(shares.flatMap(({ open }) => open).sort()).toEqual(['never', 'pattern-1']);
    for (const { fresh, completeSinceMs } of shares) {
      expect(fresh).toBeGreaterThanOrEqual(0);
      expect(completeSinceMs).toBeGreaterThan(0);
    }
  },
);
