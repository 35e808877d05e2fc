// `npm test`: installs what is missing (packages, Chromium), builds, runs every test. With --check also format, lint,
// types, svelte-check and unused code, before the tests. With --full the full tier (test/support/tier.ts). Everything
// else goes to vitest.
import { spawnSync } from 'node:child_process';
import { build, checkNode, installPackages, ROOT, runPackage } from '../deploy/setup.mjs';
import { findOrInstallChromium } from './support/chromium.mjs';

checkNode();
installPackages();
build();
const OURS = ['--check', '--full'];
const args = process.argv.slice(2);
const check = args.includes('--check');
const tier = args.includes('--full') ? 'full' : 'small';
if (check) {
  runPackage(
    '@biomejs/biome',
    'bin/biome',
    ['check', '.'],
    'Biome found something; `npm run format` mends most of it.',
  );
  runPackage('typescript', 'bin/tsc', ['-p', 'tsconfig.json'], 'the types are wrong.');
  runPackage(
    'svelte-check',
    'bin/svelte-check',
    ['--tsconfig', 'ui/tsconfig.json', '--fail-on-warnings'],
    'svelte-check found something.',
  );
  runPackage('knip', 'bin/knip.js', [], 'knip found code or packages that nothing uses.');
}
const chromium = findOrInstallChromium();
const vitest = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', ...args.filter((arg) => !OURS.includes(arg))],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, TELLTALE_CHROMIUM: chromium, TELLTALE_TEST_TIER: tier } },
);
process.exitCode = vitest.status ?? 1;
