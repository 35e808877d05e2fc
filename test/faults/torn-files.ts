// F4: spool files that a crash tore or a bad disk flipped. Start must succeed, and lose only what is damaged.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignalCounters } from '../../collector/count/counters.ts';
import { scanSegment } from '../../collector/spool/scan.ts';
import { parseSegmentName } from '../../collector/spool/segment.ts';
import { propertyRuns } from '../support/tier.ts';
import type { Fault, FaultResult } from './fault.ts';
import { NO_QUARANTINE, NoteBlock, openSpool } from './note-spool.ts';
import { seededRandom } from './random.ts';

/** A segment as a killed process leaves it: six synced blocks of one to four rows. */
async function makeSegment(dir: string): Promise<{ name: string; bytes: Buffer }> {
  const spool = await openSpool(dir, new SignalCounters(), {});
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  for (const [block, rows] of [1, 3, 2, 4, 1, 2].entries()) {
    for (let row = 0; row < rows; row++) queue.open()?.add(block * 10 + row, `telltale_frame_1_ note ${block} ${row}`);
    await queue.committed();
  }
  await spool.close(1);
  const [name] = await readdir(dir);
  const path = join(dir, name as string);
  const bytes = await readFile(path);
  await rm(path);
  return { name: name as string, bytes };
}

/** Up to eight flipped bits, a cut, or a stretch of zeros as a file system leaves it after a power cut. */
function damage(bytes: Buffer, random: () => number): Buffer {
  const image = Buffer.from(bytes.subarray(0, random() < 0.5 ? Math.floor(random() * bytes.length) : bytes.length));
  if (image.length === 0) return image;
  if (random() < 0.6)
    for (let flips = Math.floor(random() * 8); flips >= 0; flips--) {
      const at = Math.floor(random() * image.length);
      image[at] = (image[at] as number) ^ (1 << Math.floor(random() * 8));
    }
  else if (random() < 0.5) {
    const at = Math.floor(random() * image.length);
    image.fill(0, at, Math.min(image.length, at + Math.floor(random() * 600)));
  }
  return image;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** What is wrong with how a start counted the damage: every byte is inserted, quarantined or cut, and the latter two are counted. */
function miscounted(facts: {
  readonly harmed: Buffer;
  readonly bytes: Buffer;
  readonly blocks: readonly Stretch[];
  readonly aside: readonly Stretch[];
  readonly insertedBytes: number;
  readonly damagedRecords: number;
  readonly tornTails: number;
}): string[] {
  const { harmed, bytes, blocks, aside, insertedBytes, damagedRecords, tornTails } = facts;
  const found: string[] = [];
  const cutBytes = harmed.length - insertedBytes - aside.reduce((all, { start, end }) => all + end - start, 0);
  if (damagedRecords !== aside.length) found.push('something was set aside without being counted');
  if (tornTails !== (cutBytes > 0 ? 1 : 0)) found.push('something was cut without being counted');
  const isCut = harmed.length > 0 && !blocks.some(({ end }) => end === harmed.length);
  if (tornTails > 0 && !isCut) found.push('damage was taken for a torn append');
  const isOnlyCut = isCut && harmed.equals(bytes.subarray(0, harmed.length));
  if (isOnlyCut && (tornTails !== 1 || damagedRecords > 0)) found.push('a torn append was taken for damage');
  for (const { start, end } of blocks) {
    if (end > harmed.length || harmed.subarray(start, end).equals(bytes.subarray(start, end))) continue;
    const covered = aside.reduce(
      (all, part) => all + Math.max(0, Math.min(part.end, end) - Math.max(part.start, start)),
      0,
    );
    if (covered !== end - start) found.push('a damaged record was not set aside');
  }
  return found;
}

/** Opens a spool on `images` damaged segments, one after the other. */
async function tornFiles(images: number, random: () => number): Promise<FaultResult> {
  const dir = await mkdtemp(join(tmpdir(), 'telltale-torn-'));
  const violations: string[] = [];
  const sum = { whole: 0, damaged: 0, torn: 0 };
  try {
    const { name, bytes } = await makeSegment(dir);
    const nonce = parseSegmentName(name)?.nonce as string;
    const { blocks } = scanSegment(bytes, nonce);
    for (let image = 0; image < images && violations.length < 10; image++) {
      const harmed = damage(bytes, random);
      await writeFile(join(dir, name), harmed);
      const isWhole = ({ start, end }: { start: number; end: number }) =>
        end <= harmed.length && harmed.subarray(start, end).equals(bytes.subarray(start, end));
      const expected = Buffer.concat(blocks.filter(isWhole).map(({ start, end }) => bytes.subarray(start, end)));
      const inserted: Buffer[] = [];
      const aside: Stretch[] = [];
      const counters = new SignalCounters();
      try {
        const spool = await openSpool(dir, counters, {
          insert: async (_table, path) => void inserted.push(await readFile(path)),
          quarantine: {
            ...NO_QUARANTINE,
            putBytes: async ({ source }, { length }) => {
              const start = Number(source.slice(source.lastIndexOf('.') + 1));
              aside.push({ start, end: start + length });
            },
          },
        });
        await spool.settled();
        const { damagedRecords, tornTails } = spool.recovered;
        sum.damaged += damagedRecords;
        sum.torn += tornTails;
        const insertedBytes = inserted.reduce((all, { length }) => all + length, 0);
        const facts = { harmed, bytes, blocks, aside, insertedBytes, damagedRecords, tornTails };
        violations.push(...miscounted(facts).map((what) => `image ${image}: ${what}`));
        await spool.close(1000);
      } catch (error) {
        violations.push(`image ${image}: ${(error as Error).message}`);
      }
      sum.whole += blocks.filter(isWhole).length;
      if (!Buffer.concat(inserted).equals(expected))
        violations.push(`image ${image}: not exactly the whole blocks were inserted`);
      if (counters.acked !== counters.inserted + counters.quarantined || counters.spooled !== 0)
        violations.push(`image ${image}: the counters do not add up`);
      if ((await readdir(dir)).length > 0) violations.push(`image ${image}: something was left behind`);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return {
    ok: violations.length === 0,
    figures: { images, wholeBlocksInserted: sum.whole, damagedSetAside: sum.damaged, tornTailsCut: sum.torn },
    notes: violations.join('; '),
  };
}

export const tornSpool: Fault = {
  name: 'F4',
  breaks: 'spool files cut, flipped or zeroed anywhere',
  run: (short) =>
    tornFiles(short ? propertyRuns(60, 200) : Number(process.env.FAULT_IMAGES ?? 10_000), seededRandom(4)),
};
