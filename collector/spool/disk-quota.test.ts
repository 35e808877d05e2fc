// When a disk that did not take a write counts as well again: once it takes one. Real files.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DiskQuota } from './disk-quota.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-quota-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('is full after a failed write until a write succeeds, however often it checks', async () => {
  const quota = new DiskQuota({ dir, maxBytes: 1, minFreeBytes: 0, usedBytes: () => 0 });
  quota.noteFailedWrite();
  await rm(dir, { recursive: true });
  for (let look = 0; look < 3; look++) {
    await quota.look();
    expect(quota.fullBecause).toMatch(/did not take the last write/);
  }
  await mkdir(dir);
  await quota.look();
  expect(quota.fullBecause).toBeNull();
  expect(await readdir(dir)).toEqual([]);
});
