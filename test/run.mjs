// `npm test`: installs what is missing (packages, Chromium), builds, runs every test.
//   --check       also format, lint, types, svelte-check and unused code, before the tests
//   --full        the full tier (test/support/tier.ts)
//   --clock WHEN  with the wall clock of every process moved (test/clock/shift.mjs)
// Everything else goes to vitest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments, refuseArguments } from '../deploy/scripts.mjs';
import { build, checkNode, fail, installPackages, ROOT } from '../deploy/setup.mjs';
import { runChecks } from './checks.mjs';
import { clockEnvironment, shiftSeconds } from './clock/shift.mjs';
import { findOrInstallChromium } from './support/chromium.mjs';
import { unknownOption } from './vitest-options.mjs';

const args = process.argv.slice(2);
const isCheck = take('--check');
const tier = take('--full') ? 'full' : 'small';
const clock = takeValue('--clock');

if (args.includes('--help') || args.includes('-h')) readArguments('test/run.mjs', ['--help']);
checkNode();
installPackages();
if (args.some((arg) => arg.startsWith('-'))) refuseUnknownOptions();
build();
if (isCheck) await runChecks();
const chromium = findOrInstallChromium();
const folder = mkdtempSync(join(tmpdir(), 'telltale-clock-'));
// Ctrl-C reaches vitest as well; what is left to do here is to clean up after it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const vitest = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, TELLTALE_CHROMIUM: chromium, TELLTALE_TEST_TIER: tier, ...movedClock() },
});
process.exitCode = vitest.status ?? 1;

function refuseUnknownOptions() {
  const help = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--help', '--expand-help'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const unknown = unknownOption(args, help.stdout);
  if (unknown !== null) refuseArguments('test/run.mjs', `unknown option '${unknown}'`);
}

function take(flag) {
  const at = args.indexOf(flag);
  if (at >= 0) args.splice(at, 1);
  return at >= 0;
}

function takeValue(flag) {
  const at = args.indexOf(flag);
  if (at < 0) return null;
  const [, value] = args.splice(at, 2);
  return value ?? '';
}

function movedClock() {
  if (clock === null) return {};
  const shiftS = shiftSeconds(clock, Date.now());
  if (shiftS === null) fail(`--clock takes +1d, +5w, +2y or a moment such as 2027-03-28T00:59:00Z, not '${clock}'.`);
  const begins = new Date(Date.now() + shiftS * 1000).toISOString();
  console.log(`The clock of this run is ${shiftS} seconds off: it begins at ${begins}.`);
  try {
    return clockEnvironment(shiftS, folder);
  } catch (error) {
    return fail(error.message);
  }
}
