// A file of the spool that cannot be read concerns only itself: the others are inserted, its rows are counted as lost or
// kept, and what comes back is inserted once. Real files; the errors are the system's own.
import { renameSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '#storage/database';
import { readBlock } from '#storage/native/slice-block';
import { NoteBlock } from '../../test/faults/note-spool.ts';
import { openSpoolWorld } from '../../test/support/spool-world.ts';
import { MAX_FAILED_READS } from './file-checks.ts';
import { createQuarantine, type Quarantine } from './quarantine/quarantine.ts';
import { retryQuarantine } from './quarantine/retry.ts';
import type { SpoolOptions } from './spool.ts';

let root: string;
let dir: string;
let quarantine: Quarantine;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'telltale-unreadable-'));
  dir = join(root, 'spool');
  quarantine = await createQuarantine({ dir: join(root, 'quarantine'), now: Date.now });
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A spool of three sealed segments of two notes each, before storage that is down until the test says otherwise. */
async function threeSegments(over: Partial<SpoolOptions> = {}) {
  let isUp = false;
  const stored: number[] = [];
  const errors: { message: string; fields: Record<string, unknown> }[] = [];
  const world = await openSpoolWorld(dir, {
    flushMs: 600_000,
    firstFlushMs: 600_000,
    firstRetryMs: 1,
    quarantine,
    log: {
      warn: () => {},
      error: (fields, message) => errors.push({ fields: fields as Record<string, unknown>, message }),
    },
    now: Date.now,
    async insert(_table, path) {
      if (!isUp) throw new StorageError('down', { retryable: true });
      stored.push(...numbersOf(await readFile(path)));
    },
    ...over,
  });
  const queue = world.spool.writeQueue('notes', () => new NoteBlock());
  const write = async (...numbers: number[]) => {
    for (const number of numbers) queue.open()?.add(number, `note ${number}`);
    await queue.committed();
    await queue.flush();
  };
  await write(1, 2);
  await write(3, 4);
  await write(5, 6);
  const paths = (await readdir(dir)).sort().map((name) => join(dir, name));
  return {
    ...world,
    queue,
    write,
    errors,
    paths: paths as [string, string, string],
    stored: () => [...stored].sort((a, b) => a - b),
    storageIsUp: () => {
      isUp = true;
    },
  };
}

function numbersOf(bytes: Buffer): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const block = readBlock(bytes, at);
    const column = block.columns.find(({ name }) => name === 'number');
    for (let row = 0; row < block.rows; row++) numbers.push(column?.cell(row).readUInt32LE() as number);
    at = block.end;
  }
  return numbers;
}

describe('a segment whose bytes are gone', () => {
  it.each([
    ['was deleted', unlink, 'lost: the file was deleted before it was inserted'],
    ['was cut to nothing', (path: string) => truncate(path, 0), 'lost: the file was cut to 0 of'],
    [
      'is a directory',
      async (path: string) => {
        await unlink(path);
        await mkdir(path);
      },
      'lost: a directory is in its place before it was inserted',
    ],
  ])(
    '%s: the others are inserted, and its rows are counted as lost, in log, counters and list',
    async (_how, harm, reason) => {
      const { spool, counters, paths, stored, storageIsUp, errors, write } = await threeSegments();
      await harm(paths[0]);
      storageIsUp();
      await write(7);
      await spool.settled();
      expect(stored()).toEqual([3, 4, 5, 6, 7]);
      expect(counters).toMatchObject({ acked: 0, inserted: 5, lost: 2, spooled: 0, quarantined: 0 });
      expect(errors.map(({ fields }) => fields.rows)).toEqual([2]);
      expect(await quarantine.list()).toMatchObject([{ rows: 2, bytes: 0, isLost: true, canRetry: false }]);
      expect((await quarantine.list())[0]?.reason).toContain(reason);
      expect(quarantine.rows).toBe(0);
      expect(spool.bytes).toBe(0);
      const [item] = await quarantine.list();
      await expect(retryQuarantine(join(root, 'quarantine'), dir, item?.id as string)).rejects.toThrow(/has no bytes/);
      await spool.close(10);
    },
  );

  it('loses what was cut off, and inserts the rest', async () => {
    const { spool, counters, stored, storageIsUp, queue } = await threeSegments();
    for (const numbers of [[7], [8, 9]]) {
      for (const number of numbers) queue.open()?.add(number, `note ${number}`);
      await queue.committed();
    }
    await queue.flush();
    const path = join(dir, (await readdir(dir)).sort().at(-1) as string);
    await truncate(path, (await stat(path)).size - 3);
    storageIsUp();
    await spool.settled();
    expect(stored()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(counters).toMatchObject({ inserted: 7, lost: 2, spooled: 0 });
    expect(await readdir(dir)).toEqual([]);
    await spool.close(10);
  });

  it('leaves out what a failed append left behind the acknowledged rows', async () => {
    const { spool, counters, paths, stored, storageIsUp } = await threeSegments();
    const bytes = await readFile(paths[1]);
    await writeFile(paths[1], Buffer.concat([bytes, bytes]));
    storageIsUp();
    await spool.settled();
    expect(stored()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(counters).toMatchObject({ inserted: 6, lost: 0, quarantined: 0, spooled: 0 });
    await spool.close(10);
  });
});

describe('a segment that cannot be read now', () => {
  const aside = () => join(root, 'aside');
  const TROUBLES: [string, (path: string) => Promise<void>][] = [
    [
      'EIO',
      async (path) => {
        await rename(path, aside());
        // Its first byte is no memory of anybody: reading it is an error of input and output.
        await symlink('/proc/self/mem', path);
      },
    ],
    [
      'ELOOP',
      async (path) => {
        await rename(path, aside());
        await symlink(path, path);
      },
    ],
  ];

  it.skipIf(process.platform !== 'linux').each(TROUBLES)(
    '%s: is tried again while the others are inserted, and inserted when it comes back',
    async (_code, harm) => {
      let reads = 0;
      const world = await threeSegments({
        log: {
          warn: () => {},
          error(_fields, message) {
            // The disk is well again once it has failed three times: in one step, and before the next try. Deleting what
            // is in its place first would leave a moment in which the segment is gone, and its rows are lost.
            if (message.includes('could not be read') && ++reads === 3) renameSync(aside(), world.paths[0]);
          },
        },
      });
      await harm(world.paths[0]);
      world.storageIsUp();
      await world.spool.settled();
      expect(reads).toBe(3);
      expect(world.stored()).toEqual([1, 2, 3, 4, 5, 6]);
      expect(world.counters).toMatchObject({ inserted: 6, lost: 0, quarantined: 0, spooled: 0 });
      await world.spool.close(10);
    },
  );

  it.skipIf(process.platform !== 'linux').each(TROUBLES)(
    '%s: is quarantined after so many tries, and inserted once when it is retried',
    async (_code, harm) => {
      const { spool, counters, paths, stored, storageIsUp, errors } = await threeSegments();
      await harm(paths[0]);
      storageIsUp();
      await spool.settled();
      expect(stored()).toEqual([3, 4, 5, 6]);
      expect(counters).toMatchObject({ inserted: 4, quarantined: 2, lost: 0, spooled: 0 });
      expect(errors.filter(({ message }) => message.startsWith('a file of the spool could not be read'))).toHaveLength(
        MAX_FAILED_READS,
      );
      const [item] = await quarantine.list();
      expect(item).toMatchObject({ rows: 2, canRetry: true, isLost: false });
      expect(item?.reason).toMatch(new RegExp(`^unreadable: .*${basename(paths[0])}$`));
      expect(await readdir(dir)).toEqual([]);

      const retry = () => retryQuarantine(join(root, 'quarantine'), dir, item?.id as string);
      await expect(retry()).rejects.toThrow(/is not readable as rows .*still E/);
      await unlink(join(root, 'quarantine', `${item?.id}.native`));
      await rename(aside(), join(root, 'quarantine', `${item?.id}.native`));
      await retry();
      await expect.poll(stored, { timeout: 30_000 }).toEqual([1, 2, 3, 4, 5, 6]);
      await spool.settled();
      expect(counters).toMatchObject({ inserted: 6, quarantined: 2, recovered: 2, spooled: 0 });
      await spool.close(10);
    },
  );

  it('is quarantined too when only the engine cannot read it', async () => {
    let unreadable = '';
    const inserted: string[] = [];
    const { spool, counters, paths } = await threeSegments({
      async insert(_table, path) {
        if (unreadable === '') throw new StorageError('down', { retryable: true });
        if (path === unreadable)
          throw new StorageError(`Cannot open file ${path}`, { retryable: false, engineCode: 76 });
        inserted.push(path);
      },
    });
    [, unreadable] = paths;
    await spool.settled();
    expect(inserted.sort()).toEqual([paths[0], paths[2]]);
    expect(counters).toMatchObject({ inserted: 4, quarantined: 2, spooled: 0 });
    await spool.close(10);
  });
});

describe('an inserted segment that cannot be deleted', () => {
  it('holds nothing up: its rows count as inserted, its bytes as used', async () => {
    let undeletable = '';
    const inserted: number[] = [];
    const { spool, counters, paths, errors } = await threeSegments({
      async insert(_table, path) {
        if (undeletable === '') throw new StorageError('down', { retryable: true });
        inserted.push(...numbersOf(await readFile(path)));
        if (path !== undeletable) return;
        // A directory cannot be unlinked, not even by root.
        await unlink(path);
        await mkdir(path);
      },
    });
    const { size } = await stat(paths[0]);
    [undeletable] = paths;
    await spool.settled();
    expect(inserted.sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(counters).toMatchObject({ inserted: 6, spooled: 0, lost: 0 });
    expect(spool.oldestAtMs).toBeNull();
    expect(spool.bytes).toBe(size);
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('could not be deleted')]);
    await spool.close(10);
  });
});
