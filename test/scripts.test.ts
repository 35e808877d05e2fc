// Every script of package.json and every command of telltale refuses what it does not take, and shows help, before any
// work begins.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IS_FULL_TIER } from './support/tier.ts';
import { ROOT } from './support/tracked-files.ts';
import { unknownOption } from './vitest-options.mjs';

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const COMMANDS = [
  'up',
  'collector',
  'query-api',
  'alerting',
  'demo',
  'summarize',
  'digest --date 2026-01-02',
  'doctor',
].concat(['quarantine', 'quarantine list', 'quarantine retry']);
/** Programs of others have their own way to refuse. */
const FOREIGN = ['format'];

/** As npm runs it. */
function run(command: string): Promise<{ code: number; output: string }> {
  const PATH = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', command], { cwd: ROOT, env: { ...process.env, PATH } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

const all = [
  ...Object.entries(scripts).map(
    ([name, command]) => [`npm run ${name}`, command, FOREIGN.includes(name) ? 1 : 2] as const,
  ),
  ...COMMANDS.map((command) => [`telltale ${command}`, `node dist/telltale.js ${command}`, 2] as const),
];

/** All share the code that reads arguments; each is two processes, so the small tier tries one of each kind. */
const FEW = [
  'npm run start',
  'npm run test',
  'npm run faults',
  'npm run format',
  'telltale up',
  'telltale quarantine retry',
];
const tried = all.filter(([name]) => IS_FULL_TIER || FEW.includes(name));

it.concurrent.each(tried)('%s refuses an option that it does not have, and shows help', async (_, command, code) => {
  const refused = await run(`${command} --no-such-option`);
  expect(refused.output).toContain('--no-such-option');
  expect(refused.output).not.toContain('    at ');
  expect(refused.output.trim().split('\n').length).toBeLessThan(4);
  expect(refused.code).toBe(code);
  const help = await run(`${command} --help`);
  expect(help.output).toMatch(/^Usage: /m);
  expect(help.code).toBe(0);
});

it.concurrent.each(['npm run bench', 'npm run bench:digest'])('%s refuses a stray argument', async (name) => {
  const { code, output } = await run(`${scripts[name.slice('npm run '.length)]} stray`);
  expect(output).toContain('stray');
  expect(code).toBe(2);
});

it.concurrent('a fault that does not exist is named, with those that do', async () => {
  const { code, output } = await run(`${scripts.faults} F1 F99`);
  expect(output).toContain('there is no fault F99, only F1, ');
  expect(code).toBe(2);
});

it.concurrent('telltale up refuses a stray argument', async () => {
  const { code, output } = await run('node dist/telltale.js up there');
  expect(output).toContain('too many arguments');
  expect(code).toBe(2);
});

describe('npm test', () => {
  const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run'];
  const { stdout: help } = spawnSync(process.execPath, [...vitest, '--help', '--expand-help'], { encoding: 'utf8' });

  it.each([
    [['--version']],
    [['-v']],
    [['-u']],
    [['-t', 'a name', 'test/cli.test.ts']],
    [['--reporter=verbose', '--reporter', 'json', '--max-workers=1', '--no-color', '--coverage.enabled']],
    [['--', '--not-for-vitest']],
  ])('takes what vitest takes: %j', (args) => {
    expect(unknownOption(args, help)).toBeNull();
  });

  it.each(['--no-such-option', '--versions', '-q', '--reporters=json'])('does not take %s', (option) => {
    expect(unknownOption(['-t', 'a name', option], help)).toBe(option);
  });
});
