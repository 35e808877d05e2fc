// Bundles the program into dist/: so it starts in less than half the time that loading each module through tsx takes
// (docs/decisions/0037). Packages stay where they are.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { readArguments } from './scripts.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
/** What runs in a thread or process of its own: a file that the program names, beside it. */
const STARTED_BY_NAME = {
  'collector/decode/json-worker-thread.ts': 'json-worker.ts',
  'sdk/examples/risk-api.ts': 'risk-process.ts',
};
const named = new RegExp(`/(${Object.values(STARTED_BY_NAME).join('|').replaceAll('.', '\\.')})$`);

readArguments('deploy/bundle.mjs');
const { outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: [
    { in: 'main.ts', out: 'telltale' },
    ...Object.keys(STARTED_BY_NAME).map((path) => ({ in: path, out: basename(path, '.ts') })),
  ],
  outdir: DIST,
  bundle: true,
  splitting: true,
  write: false,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  packages: 'external',
  // As every package: not from its sources, where tsconfig.json finds it.
  external: ['@telltale/sdk', '@telltale/sdk/*'],
  logLevel: 'warning',
  plugins: [
    {
      name: 'files-started-by-name',
      setup: ({ onLoad }) =>
        onLoad({ filter: named }, async ({ path }) => {
          const source = await readFile(path, 'utf8');
          return { loader: 'ts', contents: source.replace(/(new URL\('\.\/[\w-]+)\.ts'/g, "$1.js'") };
        }),
    },
  ],
});
await mkdir(DIST, { recursive: true });
await putMigrations();
// The program itself comes last, because its date says whether the bundle is new. Renamed into place, so that whoever
// starts meanwhile never reads half a file.
outputFiles.sort((a, b) => Number(a.path.endsWith('telltale.js')) - Number(b.path.endsWith('telltale.js')));
for (const { path, contents } of outputFiles) await put(path, contents);
await removeOld();

async function put(path, contents) {
  const half = `${path}.${process.pid}`;
  await writeFile(half, contents);
  await rename(half, path);
}

/** Removes what earlier builds left. A program that runs may still load what a build of today made. */
async function removeOld() {
  const made = new Set(outputFiles.map(({ path }) => basename(path)));
  const dayAgoMs = Date.now() - 24 * 3_600_000;
  for (const name of await readdir(DIST)) {
    const path = join(DIST, name);
    const { mtimeMs } = await stat(path);
    if (name.endsWith('.js') && !made.has(name) && mtimeMs < dayAgoMs) await rm(path, { force: true });
  }
}

/** The program reads them at its start, beside it. */
async function putMigrations() {
  const [from, to] = [join(ROOT, 'storage/migrations'), join(DIST, 'migrations')];
  await mkdir(to, { recursive: true });
  const wanted = await readdir(from);
  for (const name of wanted) await put(join(to, name), await readFile(join(from, name)));
  for (const name of await readdir(to)) if (!wanted.includes(name)) await rm(join(to, name));
}
