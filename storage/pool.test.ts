// Closing a pool: what runs is waited for, but not for ever where the other side may hang.
import type { ClickHouseClient } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { createPool } from './pool.ts';

function client() {
  const calls: string[] = [];
  return { calls, client: { close: async () => void calls.push('closed') } as unknown as ClickHouseClient };
}

test('closing waits for what runs, and takes nothing new', async () => {
  const { calls, client: one } = client();
  const pool = createPool([one]);
  let finish = () => {};
  const running = pool.use(() => new Promise<void>((resolve) => (finish = resolve)));
  const closing = pool.close();
  await expect(pool.use(async () => {})).rejects.toThrow('closed');
  expect(calls).toEqual([]);
  finish();
  await running;
  await closing;
  expect(calls).toEqual(['closed']);
});

test('closing connections to a server does not wait for a statement that never ends', async () => {
  const { calls, client: one } = client();
  const pool = createPool([one], 10, 5);
  void pool.use(() => new Promise(() => {}));
  await pool.close();
  expect(calls).toEqual(['closed']);
});
