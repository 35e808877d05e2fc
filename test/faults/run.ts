// `npm run faults`: breaks the real program on purpose and prints what it kept. `-- F1 F2` chooses, `--short` is quick.
import type { Fault } from './fault.ts';
import { killAtPoint, killAtRandom, terminate } from './kill.ts';

const FAULTS: readonly Fault[] = [killAtRandom, killAtPoint, terminate];

const words = process.argv.slice(2);
const short = words.includes('--short');
const names = words.filter((word) => !word.startsWith('--'));
const unknown = names.filter((name) => !FAULTS.some((fault) => fault.name === name));
if (unknown.length > 0)
  throw new Error(`No fault ${unknown.join(', ')}; there are ${FAULTS.map((f) => f.name).join(', ')}.`);

for (const fault of FAULTS) {
  if (names.length > 0 && !names.includes(fault.name)) continue;
  const startMs = performance.now();
  const { ok, figures, notes = '' } = await fault.run(short);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const cells = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  console.log(
    `| ${fault.name} | ${fault.breaks} | ${ok ? 'held' : 'BROKEN'} | ${cells.join(', ')} ${notes}| ${seconds} s |`,
  );
  if (!ok) process.exitCode = 1;
}
