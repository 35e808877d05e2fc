// A small file system of its own (tmpfs), and ways to fill it and to make room again. Mounting needs root.
import { execFile } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm, rmdir, statfs, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FaultResult } from './fault.ts';

const run = promisify(execFile);

/** Mounts a tmpfs with these options, and unmounts it after the work. Where that is refused, the result says so. */
export async function withSmallDisk(
  options: string,
  work: (folder: string, ledger: string) => Promise<FaultResult>,
): Promise<FaultResult> {
  const outside = await mkdtemp(join(tmpdir(), 'telltale-fault-'));
  const folder = join(outside, 'disk');
  const ledger = join(outside, 'ledger');
  await mkdir(folder);
  await writeFile(ledger, '');
  try {
    const refused = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).then(
      () => null,
      (error: Error) => error.message.trim().replace(/\s+/g, ' '),
    );
    if (refused !== null)
      return { ok: true, figures: {}, notPlayed: `this user may not mount a file system (${refused})` };
    try {
      return await work(folder, ledger);
    } finally {
      await run('umount', ['--lazy', folder]);
    }
  } finally {
    await rmdir(folder).catch(() => undefined);
    await rm(outside, { recursive: true, force: true });
  }
}

/** Takes all bytes of the disk but the last `leaveMib`. Returns how to give them back. */
export async function fillBytes(folder: string, leaveMib: number): Promise<() => Promise<void>> {
  const path = join(folder, 'ballast');
  const file = await open(path, 'w');
  const chunk = Buffer.alloc(64 * 1024, 1);
  try {
    for (;;) {
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize <= leaveMib * 1024 * 1024) break;
      await file.write(chunk);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
  return () => unlink(path);
}

/** Takes every file the disk can still name. Returns how to give them back. */
export async function fillInodes(folder: string): Promise<() => Promise<void>> {
  const ballast = join(folder, 'ballast');
  await mkdir(ballast);
  try {
    // At once and quickly: the program goes on making files meanwhile.
    for (let file = 0; ; file++) closeSync(openSync(join(ballast, String(file)), 'w'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  return async () => rmSync(ballast, { recursive: true });
}
