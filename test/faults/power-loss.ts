// F3: the power goes. A spool's file operations are recorded, and the disk is put together as it may be found at any
// moment of them, without what was not synced. What was acknowledged by then is inserted already, or recovered.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readBlock } from '#storage/native/slice-block';
import { SignalCounters } from '../../collector/count/counters.ts';
import type { Fault, FaultResult } from './fault.ts';
import { afterPowerLoss, type FileOp, traceFiles } from './file-trace.ts';
import { NoteBlock, openSpool } from './note-spool.ts';
import { seededRandom } from './random.ts';

/** What storage or a sender knows after so many file operations. */
interface Known {
  readonly afterOps: number;
  readonly numbers: readonly number[];
  /** Of an insert. */
  readonly token?: string;
}

interface Life {
  readonly ops: readonly FileOp[];
  readonly acked: readonly Known[];
  readonly inserted: readonly Known[];
}

function numbersOf(bytes: Buffer): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const block = readBlock(bytes, at);
    const column = block.columns.find(({ name }) => name === 'number');
    for (let row = 0; row < block.rows; row++) numbers.push(column?.cell(row).readUInt32LE() as number);
    at = block.end;
  }
  return numbers;
}

/** Segments of a few blocks each, inserted and deleted while others are written; now and then an append is refused. */
async function live(dir: string, groups: number, random: () => number): Promise<Life> {
  await mkdir(dir, { recursive: true });
  const { ops, stop } = traceFiles(dir);
  const [acked, inserted]: [Known[], Known[]] = [[], []];
  try {
    const spool = await openSpool(dir, new SignalCounters(), {
      flushMs: 5,
      firstFlushMs: 1,
      async insert(_table, path, token) {
        const numbers = numbersOf(await readFile(path));
        await new Promise((resolve) => setTimeout(resolve, random() * 20));
        inserted.push({ afterOps: ops.length, numbers, token });
      },
    });
    const queue = spool.writeQueue('notes', () => new NoteBlock());
    let next = 0;
    for (let group = 0; group < groups; group++) {
      const numbers = Array.from({ length: 1 + Math.floor(random() * 4) }, () => next++);
      for (const number of numbers) queue.open()?.add(number, `note ${number} `.repeat(1 + Math.floor(random() * 20)));
      await queue.committed();
      acked.push({ afterOps: ops.length, numbers });
      if (random() < 0.2) await new Promise((resolve) => setTimeout(resolve, 8));
    }
    await spool.settled();
    await spool.close(1000);
  } finally {
    stop();
  }
  return { ops, acked, inserted };
}

/** The power goes after `until` operations: what a start on that disk gets wrong. */
async function crashAt(life: Life, until: number, dir: string, random: () => number): Promise<string[]> {
  await mkdir(dir);
  for (const [path, bytes] of afterPowerLoss(life.ops.slice(0, until), random))
    await writeFile(join(dir, basename(path)), bytes);
  const before = life.inserted.filter(({ afterOps }) => afterOps <= until);
  const tokens = new Set(before.map(({ token }) => token));
  const stored = new Set(before.flatMap(({ numbers }) => numbers));
  const wrong: string[] = [];
  const spool = await openSpool(dir, new SignalCounters(), {
    async insert(_table, path, token) {
      for (const number of numbersOf(await readFile(path))) {
        if (stored.has(number) && !tokens.has(token)) wrong.push(`row ${number} is stored twice`);
        stored.add(number);
      }
    },
  });
  await spool.settled();
  await spool.close(1000);
  const acked = life.acked.filter(({ afterOps }) => afterOps <= until).flatMap(({ numbers }) => numbers);
  for (const number of acked) if (!stored.has(number)) wrong.push(`row ${number} was acknowledged and is lost`);
  await rm(dir, { recursive: true });
  return wrong.map((what) => `power lost after operation ${until}: ${what}`);
}

async function powerLoss(states: number, random: () => number): Promise<FaultResult> {
  const dir = await mkdtemp(join(tmpdir(), 'telltale-power-'));
  const violations: string[] = [];
  try {
    const life = await live(join(dir, 'spool'), 150, random);
    for (let state = 0; state < states && violations.length < 10; state++) {
      const until = Math.floor(random() * (life.ops.length + 1));
      violations.push(...(await crashAt(life, until, join(dir, String(state)), random)));
    }
    const count = (kind: FileOp['kind']) => life.ops.filter((op) => op.kind === kind).length;
    return {
      ok: violations.length === 0 && count('unlink') > 1 && life.acked.length > 0,
      figures: {
        states,
        fileOperations: life.ops.length,
        syncs: count('sync'),
        segments: count('create'),
        rowsAcked: life.acked.flatMap(({ numbers }) => numbers).length,
        violations: violations.length,
      },
      notes: violations.slice(0, 5).join('; '),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export const lostPower: Fault = {
  name: 'F3',
  breaks: 'the power goes at any moment, and what the spool had not synced is lost, in part or as a whole (a model)',
  run: (short) => powerLoss(short ? 300 : Number(process.env.FAULT_POWER ?? 5000), seededRandom(3)),
};
