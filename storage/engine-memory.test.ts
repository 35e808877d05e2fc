import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { engineMemory } from './engine-memory.ts';
import { openDatabase } from './open.ts';

const MIB = 1024 * 1024;

function world(giveBack: () => Promise<unknown>) {
  const state = { bytes: 300 * MIB, nowMs: 0, asked: 0 };
  const ask = () => {
    state.asked += 1;
    return giveBack();
  };
  const memory = engineMemory(
    ask,
    () => state.bytes,
    () => state.nowMs,
  );
  const statement = async (bytes: number, nowMs: number): Promise<number> => {
    Object.assign(state, { bytes, nowMs });
    memory.afterStatement();
    await setImmediate();
    return state.asked;
  };
  return { state, statement };
}

it('memory is given back when it grew by a quarter of a GiB, and not again within five seconds', async () => {
  const { state, statement } = world(async () => {
    state.bytes = 320 * MIB;
  });
  expect(await statement(500 * MIB, 10_000)).toBe(0);
  expect(await statement(557 * MIB, 10_001)).toBe(1);
  expect(await statement(900 * MIB, 10_002)).toBe(1);
  expect(await statement(575 * MIB, 15_002)).toBe(1);
  expect(await statement(577 * MIB, 15_003)).toBe(2);
});

it('an engine that cannot is asked again after ten minutes, and no statement waits or fails', async () => {
  const { statement } = world(() => Promise.reject(new Error('short of memory')));
  expect(await statement(900 * MIB, 1)).toBe(1);
  expect(await statement(2000 * MIB, 600_000)).toBe(1);
  expect(await statement(2000 * MIB, 600_001)).toBe(2);
});

it('the embedded engine gives back what a large statement used', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'telltale-memory-'));
  const db = await openDatabase({ dataDir });
  try {
    const heldBefore = process.memoryUsage.rss();
    // Half a GiB of groups.
    await db.query(
      'SELECT count() AS n FROM (SELECT number % 3000000 AS g, groupArray(number) FROM numbers(6000000) GROUP BY g)',
    );
    await expect.poll(() => process.memoryUsage.rss() - heldBefore, { timeout: 60_000 }).toBeLessThan(300 * MIB);
  } finally {
    await db.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});
