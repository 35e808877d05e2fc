// What a test file must not leave behind: processes, listening ports, files. Every file has a folder of its own for
// temporary files, and fails when anything of these is still there after its last hook.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What tsx keeps for the next process. */
const CACHE = /^tsx-\d+$/;
/** Where the temporary files of a run are; set by test/global-setup.ts. */
export const RUN_FOLDER_VARIABLE = 'TELLTALE_TEST_RUN_FOLDER';

/** A folder for the temporary files of this test file, which TMPDIR names from now on. */
export function ownTemporaryFolder(): string {
  const folder = mkdtempSync(join(process.env[RUN_FOLDER_VARIABLE] ?? tmpdir(), 'file-'));
  process.env.TMPDIR = folder;
  return folder;
}

/** One line for each thing that is still there; empty is good. Processes are seen on Linux only. */
export function leftovers(folder: string): string[] {
  const files = readdirSync(folder)
    .filter((name) => !CACHE.test(name))
    .map((name) => `${join(folder, name)} in the folder for temporary files`);
  const servers = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap');
  const ports = servers.map(() => 'a server that still listens');
  return [...childProcesses(), ...ports, ...files];
}

/** Removes the folder and what is left in it. */
export function removeTemporaryFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function childProcesses(): string[] {
  const self = `/proc/${process.pid}/task`;
  return readTasks(self)
    .flatMap((task) => read(join(self, task, 'children')).split(' '))
    .filter((pid) => pid.trim() !== '')
    .filter((pid) => !/^State:\s+Z/m.test(read(`/proc/${pid}/status`)))
    .map((pid) => [pid, read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()] as const)
    .filter(([, command]) => command !== '')
    .map(([pid, command]) => `process ${pid}: ${command.slice(0, 300)}`);
}

function readTasks(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Empty when it is gone, or on a system without it. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
