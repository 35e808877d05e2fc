// Storage that answers and takes no rows, on the real engine: whoever watches learns it, and that it is over. And a file
// of the spool that is gone, which is none of the others' business.
import { mkdtemp, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { StorageError } from '#storage/database';
import { requestOf, span } from '../test/support/otlp-server.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import { type Collector, startCollector } from './collector.ts';

let db: Database;
let closeDb: () => Promise<void>;
let dataDir: string;
let collector: Collector;
let insertFails: StorageError | null = null;
let offsetMs = 0;

beforeAll(async () => {
  ({ db, close: closeDb } = await openTestDatabase());
  dataDir = await mkdtemp(join(tmpdir(), 'telltale-stuck-'));
  collector = await startCollector({
    db: {
      ...db,
      async insertFile(...given) {
        if (insertFails !== null) throw insertFails;
        await db.insertFile(...given);
      },
    },
    projectId: 'default',
    host: '127.0.0.1',
    httpPort: 0,
    dataDir,
    spool: { flushMs: 5, minFreeBytes: 0 },
    log: { warn: () => {}, error: () => {} },
    now: () => Date.now() + offsetMs,
    checkStuckEveryMs: 20,
  });
});
afterAll(async () => {
  await collector.close();
  await closeDb();
  await rm(dataDir, { recursive: true, force: true });
});

const send = async (n: number) => {
  const body = JSON.stringify(requestOf(span({ spanId: n.toString(16).padStart(16, '0'), name: `span ${n}` })));
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${collector.url}/v1/traces`, { method: 'POST', headers, body })).status;
};
const names = async () =>
  (await db.query<{ name: string }>('SELECT name FROM spans ORDER BY name')).map(({ name }) => name);
const files = async () => (await readdir(join(dataDir, 'spool'))).sort();
const because = () => collector.spoolStatus().stuckBecause;

it('is not ready while inserts make no progress for minutes although storage answers, and is again when they go on', async () => {
  insertFails = new StorageError('Code: 60. Table spans does not exist', { retryable: false, engineCode: 60 });
  expect(await send(1)).toBe(200);
  await expect.poll(() => collector.counters.insertFailedAtMs, { timeout: 30_000 }).not.toBeNull();
  expect(await collector.isReady()).toBe(true);
  offsetMs += 6 * 60_000;
  // Storage has to be seen well for a minute.
  await expect
    .poll(
      () => {
        offsetMs += 10_000;
        return because();
      },
      { timeout: 30_000 },
    )
    .toMatch(/^Nothing has been inserted for \d+ minutes although storage answers; .*Table spans does not exist/);
  expect(await collector.isReady()).toBe(false);
  expect(await send(2)).toBe(200);
  insertFails = null;
  await collector.settled();
  await expect.poll(because, { timeout: 30_000 }).toBeNull();
  expect(await collector.isReady()).toBe(true);
  expect(await names()).toEqual(['span 1', 'span 2']);
});

it('inserts what comes after a segment that was deleted, and counts its rows as lost', async () => {
  insertFails = new StorageError('down', { retryable: true });
  expect(await send(3)).toBe(200);
  // Sealed, so that the next one goes into another file.
  let next = 10;
  await expect.poll(async () => (await send(next++)) === 200 && (await files()).length, { timeout: 30_000 }).toBe(2);
  const [oldest] = (await files()) as [string];
  const { spooled } = collector.counters.spans;
  await unlink(join(dataDir, 'spool', oldest));
  insertFails = null;
  await collector.settled();
  expect(await send(5)).toBe(200);
  await collector.settled();
  const stored = await names();
  expect(stored).toContain('span 5');
  expect(stored).not.toContain('span 3');
  const { acked, inserted, lost, quarantined, deduplicated } = collector.counters.spans;
  expect(lost).toBeGreaterThan(0);
  expect(spooled).toBeGreaterThan(lost);
  expect(acked).toBe(inserted + lost + quarantined + deduplicated);
  expect(await collector.quarantine.list()).toMatchObject([{ signal: 'spans', rows: lost, isLost: true }]);
});
