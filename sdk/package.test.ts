// The package as users install it, linted, complete, and free of side effects. It is built before any test: a build in the
// middle of the tests would replace the files that their processes load.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, it } from 'vitest';
import * as source from './src/index.ts';

const DIR = fileURLToPath(new URL('.', import.meta.url));
const manifest = JSON.parse(readFileSync(`${DIR}package.json`, 'utf8')) as {
  sideEffects: boolean;
  dependencies: Record<string, string>;
};

it('has nothing that publint complains of', async () => {
  const { messages } = await publint({ pkgDir: DIR, strict: true, pack: 'npm' });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

it('packs code, types and documents, and nothing else', () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: DIR, encoding: 'utf8' }),
  ) as [{ files: { path: string }[] }];
  const paths = packed.files.map(({ path }) => path);
  expect(
    paths.filter((path) => !/^(dist\/.*\.(js|d\.ts)|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(path)),
  ).toEqual([]);
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'dist/attributes.js', 'LICENSE'])
    expect(paths).toContain(path);
  expect(paths.filter((path) => path.includes('.test.'))).toEqual([]);
});

it('is imported by plain Node with all its names, and importing it does nothing', () => {
  const script = `
    const before = [process.listenerCount('exit'), process.listenerCount('SIGTERM'), Object.keys(globalThis).length];
    const sdk = await import('@telltale/sdk');
    const after = [process.listenerCount('exit'), process.listenerCount('SIGTERM'), Object.keys(globalThis).length];
    console.log(JSON.stringify({ names: Object.keys(sdk).sort(), isSame: before.join() === after.join() }));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: DIR, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({ names: Object.keys(source).sort(), isSame: true });
  expect(manifest.sideEffects).toBe(false);
});

it('works as built, in plain Node: CONTRIBUTING.md runs the same on other versions', () => {
  const output = execFileSync(process.execPath, ['test-support/try-built.mjs'], { cwd: DIR, encoding: 'utf8' });
  expect(output).toMatch(/^v[\d.]+: \d+ spans sent and received\n$/);
});

it('names every package that it imports', () => {
  const files = execFileSync(
    'grep',
    ['-rhoE', "(from|import\\() ?'[^'.][^']*'", `${DIR}src`, '--include=*.ts', '--exclude=*.test.ts'],
    { encoding: 'utf8' },
  );
  const names = [...files.matchAll(/'([^'\n]+)'$/gm)].map((match) => match[1] as string);
  const imported = new Set(names.map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] as string));
  expect(imported.size).toBeGreaterThan(4);
  const own = [...imported].filter((name) => !name.startsWith('node:'));
  expect(own.filter((name) => manifest.dependencies[name] === undefined)).toEqual([]);
});
