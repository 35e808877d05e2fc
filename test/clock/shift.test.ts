// The clock of a whole test run can be moved: what the option takes, and that every clock moves.
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clockEnvironment, shiftSeconds } from './shift.mjs';

const NOW_MS = Date.parse('2026-11-30T12:00:00Z');
const canMove = process.platform === 'linux' && process.arch === 'x64' && spawnSync('cc', ['--version']).status === 0;

test.each([
  ['+1d', 86_400],
  ['+5w', 35 * 86_400],
  ['-2y', -730 * 86_400],
  ['2026-11-30T13:00:00+01:00', 0],
  ['2026-12-01T12:00:00Z', 86_400],
])('%s moves the clock by %i seconds', (text, seconds) => {
  expect(shiftSeconds(text, NOW_MS)).toBe(seconds);
});

test.each(['', '1d', '+d', '+1m', '2026-12-01', '2026-13-01T00:00:00Z', '+1d '])('"%s" is refused', (text) => {
  expect(shiftSeconds(text, NOW_MS)).toBeNull();
});

test.runIf(canMove)('Node and the embedded engine see the same other day (needs Linux on x86-64 and cc)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-clock-'));
  const code = `
    const { Session } = require('chdb');
    const session = new Session(${JSON.stringify(join(folder, 'engine'))});
    console.log(JSON.stringify([Date.now() / 1000, Number(session.query('SELECT toUnixTimestamp(now())', 'CSV'))]));
    session.close();
    require('node:fs').rmSync(${JSON.stringify(folder)}, { recursive: true });`;
  const env = { ...process.env, ...clockEnvironment(730 * 86_400, folder) };
  // The clock of this process may be moved already.
  const movedS = Number(process.env.CLOCK_SHIFT_S ?? 0);
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  const before = Date.now() / 1000 - movedS + 729 * 86_400;
  for (const seconds of JSON.parse(stdout) as number[]) {
    expect(seconds).toBeGreaterThan(before);
    expect(seconds).toBeLessThan(before + 2 * 86_400);
  }
});
