// Moves the wall clock of a whole test run: of Node, of the embedded engine and of Chromium. `npm test -- --clock +5w`
// begins five weeks from now, `--clock 2027-03-28T00:59:00Z` at that moment.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SECONDS = { d: 86_400, w: 7 * 86_400, y: 365 * 86_400 };

/**
 * @param text `+1d`, `+5w`, `+2y`, or a moment as ISO 8601 with a zone
 * @param nowMs milliseconds since 1970
 * @returns seconds that the clock has to move; null when the text is neither
 */
export function shiftSeconds(text, nowMs) {
  const [, sign, count, unit] = /^([+-])(\d{1,5})([dwy])$/.exec(text) ?? [];
  if (unit !== undefined) return Number(`${sign}${count}`) * SECONDS[unit];
  const at = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.round((at - nowMs) / 1000);
}

/**
 * Builds the library that moves the clock.
 * @param folder where it is put
 * @returns environment variables with which processes live at the other time
 * @throws Error with what to do when the machine cannot do it
 */
export function clockEnvironment(shiftS, folder) {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('a moved clock needs Linux on x86-64.');
  const library = join(folder, 'shift.so');
  const source = fileURLToPath(new URL('shift.c', import.meta.url));
  const { status, stderr } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  if (status !== 0) throw new Error(`a moved clock needs a C compiler named cc: ${stderr ?? 'none was found.'}`);
  return { LD_PRELOAD: library, CLOCK_SHIFT_S: String(shiftS) };
}
