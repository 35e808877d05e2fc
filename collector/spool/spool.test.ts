// The spool over real files: what it acknowledges is on disk, and reaches storage once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageError } from '#storage/database';
import { NoteBlock } from '../../test/faults/note-spool.ts';
import { openSpoolWorld } from '../../test/support/spool-world.ts';
import { scanSegment } from './scan.ts';
import { parseSegmentName } from './segment.ts';
import type { SpoolOptions } from './spool.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-spool-'));
});
afterEach(async () => {
  for (const path of [dir, `${dir}.pid`]) await rm(path, { recursive: true, force: true });
});

const open = (over: Partial<SpoolOptions> = {}) => openSpoolWorld(dir, over);

test('what is acknowledged is in the file before, and in storage after', async () => {
  const held: (() => void)[] = [];
  const { spool, counters, inserted } = await open({
    insert: () => new Promise((resolve) => held.push(resolve)),
  });
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  queue.open()?.add(1, 'one');
  queue.open()?.add(2, 'two');
  await queue.committed();
  const [name] = await readdir(dir);
  const bytes = await readFile(join(dir, name as string));
  expect(scanSegment(bytes, parseSegmentName(name as string)?.nonce as string).blocks).toMatchObject([{ rows: 2 }]);
  expect(counters.spooled).toBe(2);
  await expect.poll(() => held.length, { timeout: 30_000 }).toBe(1);
  held[0]?.();
  await spool.settled();
  expect(inserted.size).toBe(0);
  expect(counters).toMatchObject({ spooled: 0, inserted: 2 });
  expect(await readdir(dir)).toEqual([]);
  expect(spool.bytes).toBe(0);
  await spool.close(10);
});

test('a failed insert is tried again with the same token and bytes, as long as it takes', async () => {
  let left = 3;
  const tokens: string[] = [];
  const { spool, counters, failures } = await open({
    async insert(_table, path, token) {
      tokens.push(`${token} ${(await readFile(path)).toString('base64')}`);
      if (left-- > 0) throw new StorageError('Code: 241. memory', { retryable: true, engineCode: 241 });
    },
  });
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  queue.open()?.add(7, 'seven');
  await queue.committed();
  await spool.settled();
  expect(tokens).toHaveLength(4);
  expect(new Set(tokens).size).toBe(1);
  expect(failures).toHaveLength(3);
  expect(counters).toMatchObject({ spooled: 0, inserted: 1 });
  await spool.close(10);
});

test('what storage never took is there after a restart, with the same token', async () => {
  const refuse = async () => {
    throw new StorageError('down', { retryable: true });
  };
  const tokens: string[] = [];
  // Sealed by the stop alone: a slow machine must not make several segments of it, of which only one is tried.
  const first = await open({
    flushMs: 600_000,
    firstFlushMs: 600_000,
    insert: async (_table, _path, token) => {
      tokens.push(token);
      await refuse();
    },
  });
  const queue = first.spool.writeQueue('notes', () => new NoteBlock());
  for (let i = 0; i < 3; i++) {
    queue.open()?.add(i, `note ${i}`);
    await queue.committed();
  }
  await first.spool.close(1);
  expect(first.counters.spooled).toBe(3);
  const second = await open();
  await second.spool.settled();
  expect(second.counters).toMatchObject({ received: 3, acked: 3, recovered: 3, spooled: 0, inserted: 3 });
  expect(tokens.length).toBeGreaterThan(0);
  expect(second.calls).toEqual([tokens[0]]);
  await second.spool.close(10);
});

test('an insert that never ends does not hold up the stop, and is there after a restart', async () => {
  const first = await open({ insert: () => new Promise(() => {}) });
  const queue = first.spool.writeQueue('notes', () => new NoteBlock());
  queue.open()?.add(1, 'one');
  await queue.committed();
  await first.spool.close(1);
  const second = await open();
  await second.spool.settled();
  expect(second.counters).toMatchObject({ recovered: 1, inserted: 1 });
  await second.spool.close(10);
});

test('a full spool says so, and takes rows again when storage catches up', async () => {
  let release = () => {};
  const { spool } = await open({ maxBytes: 100, insert: () => new Promise((resolve) => (release = resolve)) });
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  expect(spool.fullBecause).toBeNull();
  queue.open()?.add(1, 'x'.repeat(200));
  await queue.committed();
  expect(spool.fullBecause).toMatch(/full/);
  const settled = spool.settled();
  await expect
    .poll(
      () => {
        release();
        return spool.fullBecause;
      },
      { timeout: 30_000 },
    )
    .toBeNull();
  await settled;
  await spool.close(10);
});

test('a disk with too little free space is reported', async () => {
  const { spool } = await open({ minFreeBytes: Number.MAX_SAFE_INTEGER });
  expect(spool.fullBecause).toMatch(/disk/);
  await spool.close(10);
});

test('a spool that another Telltale has open is refused, and a stale note of one is not', async () => {
  const { spool } = await open();
  const note = `${dir}.pid`;
  expect(await readFile(note, 'utf8')).toBe(String(process.pid));
  await spool.close(10);
  await expect(readFile(note)).rejects.toThrow('ENOENT');
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'main.ts'], { stdio: 'ignore' });
  try {
    await once(other, 'spawn');
    await writeFile(note, String(other.pid));
    await expect(open()).rejects.toThrow(/already running/);
  } finally {
    other.kill();
    await once(other, 'exit');
  }
  await (await open()).spool.close(10);
});
