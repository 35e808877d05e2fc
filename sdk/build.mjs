// Builds the package into dist/: ES modules and types by tsc, and CommonJS by esbuild into dist/cjs, with the same types.
// CommonJS is for what cannot load ES modules: Jest, NestJS, `module: commonjs`, Node before 20.19.
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SDK = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(SDK, 'dist');
const CJS = join(DIST, 'cjs');
const require = createRequire(import.meta.url);
/** Of the dependencies these are ES modules only: what cannot load them gets them in the file. */
const ESM_ONLY = ['p-queue', 'eventemitter3', 'p-timeout'];

const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
execFileSync(process.execPath, [tsc, '-p', join(SDK, 'tsconfig.build.json')], { stdio: 'inherit' });
await buildCommonJs();

async function buildCommonJs() {
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(SDK, 'package.json'), 'utf8'));
  await rm(CJS, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: SDK,
    entryPoints: ['src/index.ts', 'src/attributes.ts'],
    outdir: CJS,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.6',
    // `import()` of CommonJS becomes `require`, which Jest can do.
    supported: { 'dynamic-import': false },
    external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !ESM_ONLY.includes(name)),
    metafile: true,
    logLevel: 'warning',
  });
  const packed = new Set(Object.keys(metafile.inputs).flatMap((path) => /node_modules\/(.+?)\//.exec(path)?.[1] ?? []));
  const unknown = [...packed].filter((name) => !ESM_ONLY.includes(name));
  if (unknown.length > 0) throw new Error(`packed into CommonJS without a license: ${unknown.join(', ')}`);
  await writeFile(join(CJS, 'LICENSES.txt'), await licenses([...packed]));
  await writeFile(join(CJS, 'package.json'), '{ "type": "commonjs" }\n');
  await copyTypes(DIST, CJS);
}

/** The same declarations: beside a package.json of type `commonjs` they describe CommonJS. */
async function copyTypes(from, to) {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory() && source !== CJS) await copyTypes(source, target);
    else if (entry.name.endsWith('.d.ts')) await cp(source, target);
  }
}

async function licenses(names) {
  const texts = names.map(async (name) => {
    const folder = join(SDK, '../node_modules', name);
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
    return `${name}\n\n${await readFile(join(folder, file), 'utf8')}`;
  });
  return `Packages within index.js:\n\n${(await Promise.all(texts)).join('\n----\n\n')}`;
}
