// Before any test, also when vitest is started by hand: what the tests run against is built, and the template of all
// stores. After the last one: everything that this made is removed.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RUN_FOLDER_VARIABLE } from './support/leftovers.ts';
import { TEMPLATE_VARIABLE } from './support/store-template.ts';

const runFile = promisify(execFile);
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** @returns what removes it all again */
export default async function setup(): Promise<() => Promise<void>> {
  if (!existsSync(path('../ui/dist/index.html'))) {
    throw new Error(
      'The UI is not built. Run `npm test`, which builds what is missing, or `npx vite build -c ui/vite.config.ts`.',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'telltale-run-'));
  const template = join(folder, 'template');
  // The program that tests start is the one that was just edited.
  const bundle = runFile(process.execPath, [path('../deploy/bundle.mjs')]);
  const tsx = ['--conditions=source', '--import', 'tsx', path('support/build-template.ts'), template];
  await Promise.all([bundle, runFile(process.execPath, tsx, { cwd: path('..') })]);
  process.env[TEMPLATE_VARIABLE] = template;
  process.env[RUN_FOLDER_VARIABLE] = folder;
  return () => rm(folder, { recursive: true, force: true });
}
