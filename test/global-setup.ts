// Before any test, also when vitest is started by hand: what the tests run against is built, and the template of all
// stores. After the last one: everything that this made is removed.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from '../deploy/setup.mjs';
import { RUN_FOLDER_VARIABLE } from './support/leftovers.ts';
import { TEMPLATE_VARIABLE } from './support/store-template.ts';

const runFile = promisify(execFile);
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const MEMORY_FOLDER = '/dev/shm';
/** What `statfs` says of tmpfs, from linux/magic.h. */
const TMPFS = 0x01021994;
const MIN_ROOM_BYTES = 8 * 2 ** 30;

/** @returns what removes it all again */
export default async function setup(): Promise<() => Promise<void>> {
  // What the tests start is what was just edited.
  build();
  const folder = await mkdtemp(join(await quickFolder(), 'telltale-run-'));
  const template = join(folder, 'template');
  const remove = () => rm(folder, { recursive: true, force: true });
  // Bundled whatever the dates of files say: it takes a fifth of a second.
  const bundle = runFile(process.execPath, [path('../deploy/bundle.mjs')]);
  const tsx = ['--import', 'tsx', path('support/build-template.ts'), template];
  await Promise.all([bundle, runFile(process.execPath, tsx, { cwd: path('..') })]).catch(async (error) => {
    await remove();
    throw error;
  });
  process.env[TEMPLATE_VARIABLE] = template;
  process.env[RUN_FOLDER_VARIABLE] = folder;
  return remove;
}

/**
 * Where the files of a run are: in memory where a file system of that kind has room, since making and deleting the small
 * files of hundreds of stores is a tenth of a run. TMPDIR decides when it is set.
 */
async function quickFolder(): Promise<string> {
  if (process.env.TMPDIR !== undefined) return tmpdir();
  const memory = await statfs(MEMORY_FOLDER).catch(() => null);
  const isRoomy =
    memory?.type === TMPFS && memory.bavail * memory.bsize >= MIN_ROOM_BYTES && freemem() >= MIN_ROOM_BYTES;
  return isRoomy ? MEMORY_FOLDER : tmpdir();
}
