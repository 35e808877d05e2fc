// A process that has no file handle left: that is no trouble of the files it would read. Real files; the errors are those
// of node and of the engine.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StorageError } from '#storage/database';
import { NoteBlock } from '../../test/faults/note-spool.ts';
import { fakeQuarantine, openSpoolWorld, type SpoolWorld } from '../../test/support/spool-world.ts';
import { MAX_FAILED_READS } from './file-checks.ts';
import { OpenSegment } from './segment.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-handles-'));
});
afterEach(async () => {
  for (const path of [dir, `${dir}.pid`]) await rm(path, { recursive: true, force: true });
});

it('an engine that has no file handle left is no trouble of the file', async () => {
  let failuresLeft = 2;
  const errors: string[] = [];
  const world = await openSpoolWorld(dir, {
    firstRetryMs: 1,
    log: { warn: () => {}, error: (_fields, message) => errors.push(message) },
    async insert(_table, path) {
      const message = `Code: 76. Cannot open file ${path}: , errno: 24, strerror: Too many open files`;
      if (failuresLeft-- > 0) throw new StorageError(message, { retryable: false, engineCode: 76 });
    },
  });
  const queue = world.spool.writeQueue('notes', () => new NoteBlock());
  queue.open()?.add(1, 'one');
  await queue.committed();
  await world.spool.settled();
  expect(errors).toEqual([]);
  expect(world.failures).toHaveLength(2);
  expect(world.counters).toMatchObject({ inserted: 1, quarantined: 0 });
  await world.spool.close(10);
});

it('a process that has no file handle left gives up no file', async () => {
  await writeFile(join(dir, 'strange'), 'of no version');
  const aside: SpoolWorld['aside'] = [];
  const quarantine = fakeQuarantine(aside);
  let failuresLeft = 2 * MAX_FAILED_READS;
  const { spool } = await openSpoolWorld(dir, {
    firstRetryMs: 1,
    quarantine: {
      ...quarantine,
      async putFile(note, path, bytes) {
        if (failuresLeft-- > 0) throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
        await quarantine.putFile(note, path, bytes);
      },
    },
  });
  await spool.settled();
  expect(aside.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^unknown_version/)]);
  await spool.close(10);
});

it('a segment that cannot be made durable leaves no empty file behind', async () => {
  // The file is made in `dir`; its folder, by this name, cannot be opened.
  const made = OpenSegment.create(
    `${dir}/missing/..`,
    { table: 'notes', order: 1, nonce: '0123456789abcdef' },
    { nowMs: 0, onRestored: () => {} },
  );
  await expect(made).rejects.toThrow('ENOENT');
  expect(await readdir(dir)).toEqual([]);
});
