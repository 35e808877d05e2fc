// The package as users install it, linted, complete, and free of side effects. It is built before any test: a build in the
// middle of the tests would replace the files that their processes load.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, it } from 'vitest';
import * as source from './src/index.ts';
import { SDK_VERSION } from './src/version.ts';

const DIR = fileURLToPath(new URL('.', import.meta.url));
const manifest = JSON.parse(readFileSync(`${DIR}package.json`, 'utf8')) as {
  version: string;
  sideEffects: boolean;
  exports: unknown;
  peerDependencies: Record<string, string>;
  dependencies: Record<string, string>;
};

it('has nothing that publint complains of', async () => {
  const { messages } = await publint({ pkgDir: DIR, strict: true, pack: 'npm' });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

it('names only files that are packed, says its version, and leaves the OpenTelemetry API to the application', () => {
  const targets = JSON.stringify(manifest.exports).match(/\.\/[^"]+/g) ?? [];
  expect(targets.filter((path) => !/^\.\/(dist\/.*|attributes|package\.json)$/.test(path))).toEqual([]);
  expect(manifest.version).toBe(SDK_VERSION);
  expect(manifest.peerDependencies).toEqual({ '@opentelemetry/api': '>=1.9.0 <1.10.0' });
  expect(manifest.dependencies['@opentelemetry/api']).toBeUndefined();
});

it('packs code, types and documents, and nothing else', () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: DIR, encoding: 'utf8' }),
  ) as [{ files: { path: string }[] }];
  const paths = packed.files.map(({ path }) => path);
  expect(
    paths.filter(
      (path) =>
        !/^(dist\/.*\.(js|d\.ts)|dist\/cjs\/(package\.json|LICENSES\.txt)|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(
          path,
        ),
    ),
  ).toEqual([]);
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'dist/attributes.js', 'dist/cjs/index.js', 'LICENSE'])
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
  const named = { ...manifest.dependencies, ...manifest.peerDependencies };
  expect(own.filter((name) => named[name] === undefined)).toEqual([]);
});
