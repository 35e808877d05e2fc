// Installs and builds what is missing. Plain Node without packages: it runs right after a clone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MIN_NODE = [20, 19];

/** Ends the process with one sentence. */
export function fail(message) {
  console.error(`telltale: ${message}`);
  process.exit(1);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    fail(
      `Node ${MIN_NODE.join('.')} or newer is needed, this is ${process.versions.node}. Install it from https://nodejs.org.`,
    );
  }
}

/** Runs `npm ci` unless exactly this lock file was installed already. */
export function installPackages() {
  const marker = join(ROOT, 'node_modules', '.telltale-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  console.log('Installing packages (once, about half a minute) …');
  run(
    'npm',
    // What builds is there too, whatever NODE_ENV says.
    ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    'npm could not install the packages. Check the network and run it again.',
  );
  writeFileSync(marker, wanted);
}

const MODULES = ['alerting', 'app', 'cli', 'collector', 'contracts', 'domain', 'query-api', 'storage'];

/** Builds the UI, the SDK and the program where their sources are newer than what was built. */
export function build() {
  if (isStale('ui/dist/index.html', ['ui', 'contracts', 'domain'])) {
    console.log('Building the UI …');
    runPackage(
      'vite',
      'bin/vite.js',
      ['build', '-c', 'ui/vite.config.ts', '--logLevel', 'error'],
      'the UI did not build.',
    );
  }
  if (isStale('sdk/dist/index.js', ['sdk/src', 'sdk/package.json', 'sdk/tsconfig.build.json', 'sdk/build.mjs'])) {
    console.log('Building the SDK …');
    run(process.execPath, [join(ROOT, 'sdk', 'build.mjs')], 'the SDK did not build.');
  }
  buildProgram();
}

/** Bundles the program into dist/telltale.js: a fifth of a second. */
export function buildProgram() {
  if (
    !isStale('dist/telltale.js', [
      ...MODULES,
      'sdk/src',
      'sdk/examples',
      'deploy/bundle.mjs',
      'main.ts',
      'config.ts',
      'package.json',
    ])
  )
    return;
  run(process.execPath, [join(ROOT, 'deploy', 'bundle.mjs')], 'the program did not build.');
}

/** Runs a script of an installed package with this Node, without a shell or npx. */
function runPackage(name, script, args, whatFailed) {
  run(process.execPath, [join(ROOT, 'node_modules', name, script), ...args], whatFailed);
}

function run(command, args, whatFailed) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined || status !== 0)
    fail(error?.code === 'ENOENT' ? `${command} was not found on the PATH.` : whatFailed);
}

function isStale(target, sources) {
  const path = join(ROOT, target);
  if (!existsSync(path)) return true;
  const built = statSync(path).mtimeMs;
  return sources.some((source) => newest(join(ROOT, source)) > built);
}

/** When a file, or the newest file of a folder, was changed. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const names = readdirSync(path).filter(
    (name) => name !== 'dist' && name !== 'node_modules' && !name.endsWith('.test.ts'),
  );
  // A folder's own date changes when a file in it is removed.
  return Math.max(stat.mtimeMs, ...names.map((name) => newest(join(path, name))));
}
