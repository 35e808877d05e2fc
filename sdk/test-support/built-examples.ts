// The examples as plain JavaScript beside their sources, so that Node starts them without a loader: a process of a test
// then costs a fraction of what it costs through tsx.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stop, transform } from 'esbuild';

const EXAMPLES = fileURLToPath(new URL('../examples', import.meta.url));
const BUILT = join(EXAMPLES, 'dist');
let built: Promise<string> | undefined;

/** Transforms them once per process. @returns their folder; it is inside this package, whose name resolves there */
export function builtExamples(): Promise<string> {
  built ??= buildAll();
  return built;
}

async function buildAll(): Promise<string> {
  await mkdir(BUILT, { recursive: true });
  const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  await Promise.all(names.map(build));
  // Its process would stay until this one ends.
  await stop();
  return BUILT;
}

async function build(name: string): Promise<void> {
  const source = await readFile(join(EXAMPLES, name), 'utf8');
  // Imports of each other, and the file that risk-process.ts starts by its name.
  const named = source.replace(/'(\.\/[\w-]+)\.ts'/g, "'$1.js'");
  const { code } = await transform(named, { loader: 'ts', format: 'esm', target: 'node20' });
  const path = join(BUILT, name.replace(/\.ts$/, '.js'));
  if ((await readFile(path, 'utf8').catch(() => '')) === code) return;
  // Renamed into place: another test file may build at the same time, and a process must never read half a file.
  const half = `${path}.${process.pid}`;
  await writeFile(half, code);
  await rename(half, path);
}
