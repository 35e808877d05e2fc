// Rows replayed from the quarantine, and other files that may be in their folder. Real files.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NoteBlock } from '../../test/faults/note-spool.ts';
import { openSpoolWorld } from '../../test/support/spool-world.ts';
import { REPLAY_FOLDER } from './replay.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-replay-'));
});
afterEach(async () => {
  for (const path of [dir, `${dir}.pid`]) await rm(path, { recursive: true, force: true });
});

it('a temporary file that cannot be deleted does not stop the retries', async () => {
  await mkdir(join(dir, REPLAY_FOLDER, 'a.tmp'), { recursive: true });
  const block = new NoteBlock();
  block.add(7, 'seven');
  await writeFile(join(dir, REPLAY_FOLDER, 'notes-1-again.native'), block.encode());
  const { spool, counters } = await openSpoolWorld(dir);
  await expect.poll(() => counters.inserted, { timeout: 30_000 }).toBe(1);
  await spool.close(10);
});
