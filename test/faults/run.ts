// `npm run faults`: breaks the real program on purpose, prints what it kept and writes it into docs/reliability.md.
// `-- F1 F2` chooses, `--short` is quick.
import { readArguments, refuseArguments } from '../../deploy/scripts.mjs';
import { attributeExplosion } from './attribute-explosion.ts';
import { jumpingClock, slowTicks, startsEachMinute } from './detector-clocks.ts';
import { clocks } from './digest-clock.ts';
import { smtpTrouble } from './digest-mail.ts';
import { duplicates } from './duplicates.ts';
import type { Fault, FaultResult } from './fault.ts';
import { fewDescriptors } from './few-descriptors.ts';
import { writeFigures } from './figures.ts';
import { fullDisk } from './full-disk.ts';
import { gzipBombs, randomBodies } from './hostile-bodies.ts';
import { killAtPoint, killAtRandom } from './kill.ts';
import { deepNesting, hugeBodies } from './large-bodies.ts';
import { largeReaders } from './large-readers.ts';
import { lateSpans } from './late-spans.ts';
import { lostReplies } from './lost-replies.ts';
import { modelTrouble } from './model-trouble.ts';
import { serverDown, serverSlow } from './outage.ts';
import { lostPower } from './power-loss.ts';
import { refusedInserts } from './refused-inserts.ts';
import { slackRefuses } from './slack-refuses.ts';
import { slowSenders } from './slow-senders.ts';
import { terminate } from './terminate.ts';
import { tornSpool } from './torn-files.ts';
import { twoDetectors } from './two-detectors.ts';

const FAULTS: readonly Fault[] = [
  killAtRandom,
  killAtPoint,
  lostPower,
  tornSpool,
  serverDown,
  serverSlow,
  lostReplies,
  refusedInserts,
  fullDisk,
  fewDescriptors,
  terminate,
  slowSenders,
  gzipBombs,
  hugeBodies,
  deepNesting,
  randomBodies,
  duplicates,
  lateSpans,
  attributeExplosion,
  largeReaders,
  slackRefuses,
  slowTicks,
  twoDetectors,
  startsEachMinute,
  jumpingClock,
  smtpTrouble,
  clocks,
  modelTrouble,
];

const { values, words: names } = readArguments('test/faults/run.ts');
const short = values.short === true;
const unknown = names.filter((name) => !FAULTS.some((fault) => fault.name === name));
if (unknown.length > 0) {
  const known = FAULTS.map(({ name }) => name).join(', ');
  refuseArguments('test/faults/run.ts', `there is no fault ${unknown.join(', ')}, only ${known}`);
}

const rows = new Map<string, string>();
for (const fault of FAULTS) {
  if (names.length > 0 && !names.includes(fault.name)) continue;
  const startMs = performance.now();
  const {
    ok,
    figures,
    notes = '',
    notPlayed,
  } = await fault.run(short).catch(
    // A fault that cannot be played to its end has shown nothing.
    (error: Error): FaultResult => ({ ok: false, figures: {}, notes: error.message }),
  );
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const today = new Date().toISOString().slice(0, 10);
  const promise = notPlayed === undefined ? (ok ? 'held' : 'BROKEN') : `not played: ${notPlayed}`;
  const cells = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  if (notes !== '') cells.push(notes);
  const recorded = cells.join(', ').replaceAll('|', '/').replaceAll('\n', ' ');
  const row = `| ${fault.name} | ${fault.breaks} | ${promise} | ${recorded} | ${seconds} s, ${today} |`;
  rows.set(fault.name, row);
  console.log(row);
  if (!ok) process.exitCode = 1;
  // After each, so that a run that is cut short leaves what it has shown. A short run shows too little to be kept.
  if (!short)
    await writeFigures(
      rows,
      FAULTS.map(({ name }) => name),
    );
}
