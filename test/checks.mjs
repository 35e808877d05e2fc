// The checks before the tests: format, lint, types, Svelte's, unused code. All at once; each one's output is shown whole.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fail, ROOT } from '../deploy/setup.mjs';

const CHECKS = [
  {
    script: '@biomejs/biome/bin/biome',
    args: ['check', '.'],
    failed: 'Biome found something; `npm run format` fixes most of it.',
  },
  { script: 'typescript/bin/tsc', args: ['-p', 'tsconfig.json'], failed: 'the types are wrong.' },
  {
    script: 'svelte-check/bin/svelte-check',
    args: ['--tsconfig', 'ui/tsconfig.json', '--fail-on-warnings'],
    failed: 'svelte-check found something.',
  },
  { script: 'knip/bin/knip.js', args: [], failed: 'knip found code or packages that nothing uses.' },
];

/** Runs all of them; ends the process when one found something. */
export async function runChecks() {
  const results = await Promise.all(CHECKS.map(runCheck));
  const failed = CHECKS.filter((_, i) => results[i] !== 0).map((check) => check.failed);
  if (failed.length > 0) fail(failed.join(' '));
}

function runCheck({ script, args }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', script), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => {
      output += error.message;
    });
    child.on('close', (code) => {
      process.stdout.write(output);
      resolve(code);
    });
  });
}
