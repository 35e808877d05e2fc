// The data directory is for its owner only, also one that was open to others before.
import { chmod, chown, mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepPrivate } from '#storage/private-directory';
import { closeDataDir } from '../app/private-data.ts';
import { startTelltale } from './support/app.ts';

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'telltale-private-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o7777;
/** What others may open or list, anywhere in the folder; links are followed to nothing outside. */
async function openIn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of ['', ...(await readdir(dir, { recursive: true }))]) {
    const path = join(dir, entry);
    if (((await stat(path)).mode & 0o077) !== 0) found.push(path);
  }
  return found;
}

it('an open directory of before is closed, and everything written since is closed', async () => {
  const dataDir = join(folder, 'data');
  const first = await startTelltale({ dataDir });
  await first.close();
  for (const entry of ['', ...(await readdir(dataDir, { recursive: true }))]) await chmod(join(dataDir, entry), 0o755);
  const app = await startTelltale({ dataDir });
  expect(app.output()).toMatch(/files and folders of the data directory \S+ could be opened by other users/);
  const span = { traceId: '1'.padStart(32, '0'), spanId: '1'.padStart(16, '0'), name: 'a', startTimeUnixNano: '1' };
  await fetch(`${app.otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  await vi.waitUntil(async () => {
    const status = (await (await fetch(`${app.apiUrl}/api/status`)).json()) as { spans: { inserted: number } };
    return status.spans.inserted === 1;
  });
  await app.close();
  expect(await openIn(dataDir)).toEqual([]);
  // Nothing to do, nothing to say.
  const again = await startTelltale({ dataDir });
  expect(again.output()).not.toContain('other users');
  await again.close();
});

it('in a folder with other things only what is ours is closed, and links are left alone', async () => {
  const dataDir = join(folder, 'data');
  await mkdir(join(dataDir, 'engine', 'store'), { recursive: true, mode: 0o755 });
  await mkdir(join(folder, 'outside'));
  for (const file of ['engine/store/data.bin', 'notes.txt']) await writeFile(join(dataDir, file), 'x', { mode: 0o644 });
  await symlink(join(folder, 'outside'), join(dataDir, 'engine', 'link'));
  for (const path of [join(folder, 'outside'), join(dataDir, 'engine'), dataDir]) await chmod(path, 0o755);
  const leftOpen = 'it holds other things too (notes.txt)';
  expect(await keepPrivate(dataDir)).toEqual({ closed: 3, notOurs: [], isCut: false, leftOpen });
  expect(await modeOf(dataDir)).toBe(0o755);
  expect(await modeOf(join(dataDir, 'engine', 'store', 'data.bin'))).toBe(0o600);
  expect(await modeOf(join(dataDir, 'notes.txt'))).toBe(0o644);
  expect(await modeOf(join(folder, 'outside'))).toBe(0o755);
  expect(await keepPrivate(dataDir)).toEqual({ closed: 0, notOurs: [], isCut: false, leftOpen });
  // The warning, and what to do.
  const warn = vi.fn();
  await closeDataDir(dataDir, { warn });
  expect(warn.mock.calls).toEqual([[expect.stringContaining(`was left so because ${leftOpen}`)]]);
  expect(warn.mock.calls[0]?.[0]).toContain(`chmod 700 ${dataDir}`);
  await rm(join(dataDir, 'notes.txt'));
  expect(await keepPrivate(dataDir)).toMatchObject({ leftOpen: null });
  expect(await modeOf(dataDir)).toBe(0o700);
  expect(await keepPrivate(dataDir)).toBeNull();
  // A folder of before the engine's files were closed, in a directory that was.
  await chmod(join(dataDir, 'engine'), 0o755);
  expect(await keepPrivate(dataDir)).toMatchObject({ closed: 1 });
});

it('a folder with other things that everyone writes in is refused', async () => {
  const dataDir = join(folder, 'data');
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'notes.txt'), 'x');
  await chmod(dataDir, 0o777);
  await expect(keepPrivate(dataDir)).rejects.toThrow('everyone may put files in the place of ours');
  expect(await modeOf(dataDir)).toBe(0o777);
});

it.skipIf(process.getuid?.() !== 0)(
  'root leaves the folder of another user as it is (only root can try it)',
  async () => {
    const dataDir = join(folder, 'data');
    await mkdir(join(dataDir, 'spool'), { recursive: true });
    await chown(dataDir, 1234, 1234);
    for (const path of [dataDir, join(dataDir, 'spool')]) await chmod(path, 0o755);
    expect(await keepPrivate(dataDir)).toMatchObject({ closed: 1, leftOpen: 'it belongs to user 1234' });
    expect(await modeOf(dataDir)).toBe(0o755);
    expect(await modeOf(join(dataDir, 'spool'))).toBe(0o700);
  },
);

it('a data directory that is a link is closed where it leads', async () => {
  const target = join(folder, 'disk');
  await mkdir(target);
  await chmod(target, 0o755);
  await symlink(target, join(folder, 'data'));
  expect(await keepPrivate(join(folder, 'data'))).toMatchObject({ closed: 1, notOurs: [] });
  expect(await modeOf(target)).toBe(0o700);
  expect(await keepPrivate(join(folder, 'data'))).toBeNull();
});

it('an engine folder on another disk, open to others, is named and left as it is', async () => {
  const [dataDir, target] = [join(folder, 'data'), join(folder, 'disk')];
  await mkdir(dataDir, { mode: 0o700 });
  await mkdir(target);
  await chmod(target, 0o755);
  await symlink(target, join(dataDir, 'engine'));
  await symlink(join(folder, 'nowhere'), join(dataDir, 'spool'));
  expect(await keepPrivate(dataDir)).toMatchObject({ closed: 0, notOurs: [target] });
  const warn = vi.fn();
  await closeDataDir(dataDir, { warn });
  expect(warn.mock.calls).toEqual([[expect.stringContaining(`run chown and chmod -R go-rwx on ${target}`)]]);
  expect(await modeOf(target)).toBe(0o755);
  await chmod(target, 0o700);
  expect(await keepPrivate(dataDir)).toBeNull();
});

it('a volume of its own, with the folder of its file system, is closed', async () => {
  const dataDir = join(folder, 'data');
  await mkdir(join(dataDir, 'lost+found'), { recursive: true });
  await chmod(dataDir, 0o755);
  expect(await keepPrivate(dataDir)).toMatchObject({ closed: 1, leftOpen: null });
});

it('a directory that everyone shares is refused, with what to do', async () => {
  const shared = join(folder, 'shared');
  await mkdir(shared);
  await chmod(shared, 0o1777);
  await expect(keepPrivate(shared)).rejects.toThrow(
    `is open to other users of this machine (mode 1777), and everyone shares it. Prompts and answers would be readable. Let Telltale make a folder of its own: TELLTALE_DATA_DIR=${join(shared, 'telltale')}`,
  );
  expect(await modeOf(shared)).toBe(0o1777);
  await keepPrivate(join(shared, 'telltale'));
  expect(await modeOf(join(shared, 'telltale'))).toBe(0o700);
});
