// Whatever a test file can leave behind is named.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { leftovers, ownTemporaryFolder, removeTemporaryFolder } from './leftovers.ts';

const empty = () => mkdtempSync(join(tmpdir(), 'telltale-left-'));
/** A handle is gone some turns after it was closed. */
const eventuallyNothing = (folder: string) =>
  vi.waitFor(() => expect(leftovers(folder)).toEqual([]), { timeout: 60_000 });

test('nothing is named when nothing is there', () => {
  const folder = empty();
  expect(leftovers(folder)).toEqual([]);
  removeTemporaryFolder(folder);
});

test('a file in the folder for temporary files', () => {
  const folder = empty();
  writeFileSync(join(folder, 'forgotten'), '');
  expect(leftovers(folder)).toEqual([`${join(folder, 'forgotten')} in the folder for temporary files`]);
  removeTemporaryFolder(folder);
});

test('a server that listens, until it is closed', async () => {
  const folder = empty();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  expect(leftovers(folder)).toEqual(['a server that still listens']);
  server.close();
  await once(server, 'close');
  await eventuallyNothing(folder);
  removeTemporaryFolder(folder);
});

test.runIf(process.platform === 'linux')('a process, until it has ended (seen on Linux only)', async () => {
  const folder = empty();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  expect(leftovers(folder)).toEqual([expect.stringMatching(new RegExp(`^process ${child.pid}: .*setInterval`))]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await eventuallyNothing(folder);
  removeTemporaryFolder(folder);
});

test('each file has a folder of its own, where its temporary files go', () => {
  const before = process.env.TMPDIR;
  const folder = ownTemporaryFolder();
  expect(tmpdir()).toBe(folder);
  process.env.TMPDIR = before;
  removeTemporaryFolder(folder);
});
