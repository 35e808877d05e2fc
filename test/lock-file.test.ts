// What npm installs is what the lock file was made for: every package is named with the hash of its content.
import { expect, it } from 'vitest';
import { readText } from './support/tracked-files.ts';

/** Their hashes could not be looked up where the lock file was made. When one has its hash, take it out here. */
const WITHOUT_HASH = [
  'node_modules/@chdb/lib-darwin-arm64',
  'node_modules/@chdb/lib-darwin-x64',
  'node_modules/@chdb/lib-linux-arm64-gnu',
];
/** Built and checked by these tests: everything that is run must not need it. */
const BUILD_TOOLS = ['@sveltejs/vite-plugin-svelte', 'esbuild', 'svelte', 'tsx', 'typescript', 'vite'];

interface Locked {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly dev?: boolean;
}
const { packages } = JSON.parse(readText('package-lock.json')) as { packages: Record<string, Locked> };
const installed = Object.entries(packages).filter(([path, { link }]) => path.startsWith('node_modules/') && !link);

it('every package of the lock file has a hash, but for those that are named here', () => {
  expect(installed.length).toBeGreaterThan(300);
  const without = installed.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''));
  expect(without.map(([path]) => path).sort()).toEqual(WITHOUT_HASH);
});

it('what builds is no dependency of what runs', () => {
  for (const name of BUILD_TOOLS) expect(packages[`node_modules/${name}`], name).toMatchObject({ dev: true });
});
