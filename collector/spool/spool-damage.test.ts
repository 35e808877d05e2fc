// The spool over files that a crash tore or a disk damaged: it starts, and loses only what is damaged.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageError } from '#storage/database';
import { CURRENT_LAYOUT } from '#storage/native/frame-layout';
import { NoteBlock } from '../../test/faults/note-spool.ts';
import { openSpoolWorld, rowsOf } from '../../test/support/spool-world.ts';
import { propertyRuns } from '../../test/support/tier.ts';
import { scanSegment } from './scan.ts';
import type { SpoolOptions } from './spool.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-spool-'));
});
afterEach(async () => {
  for (const path of [dir, `${dir}.pid`]) await rm(path, { recursive: true, force: true });
});

const open = (over: Partial<SpoolOptions> = {}) => openSpoolWorld(dir, over);

const nonceOf = (bytes: Buffer): string => /telltale_frame_\d_([0-9a-f]{16})/.exec(bytes.toString('latin1'))?.[1] ?? '';

interface Stretch {
  readonly start: number;
  readonly end: number;
}
const overlap = (a: Stretch, b: Stretch): number => Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));

test('files of another version or table go to quarantine, and start succeeds', async () => {
  await writeFile(join(dir, 'notes-000000000001-0123456789abcdef.v9'), 'from the future');
  await writeFile(join(dir, 'other-000000000001-0123456789abcdef.v1'), 'another table');
  await writeFile(join(dir, 'x.tmp'), 'half a repair');
  const { spool, aside } = await open();
  await spool.settled();
  expect(aside.map(({ reason }) => reason)).toEqual([
    'unknown_version: written by a newer Telltale in spool version 9 (this Telltale reads spool files of version 1 to 3): start that version or a newer one, then retry',
    'unknown_version: a table that this Telltale does not have',
  ]);
  expect(spool.recovered.unknownFiles).toBe(2);
  expect(await readdir(dir)).toEqual([]);
  await spool.close(10);
});

/** A segment of `sizes.length` blocks, as a spool left it. */
async function makeSegment(sizes: readonly number[]): Promise<{ name: string; bytes: Buffer }> {
  const { spool } = await open({
    insert: async () => {
      throw new StorageError('down', { retryable: true });
    },
    flushMs: 60_000,
    firstFlushMs: 60_000,
  });
  const queue = spool.writeQueue('notes', () => new NoteBlock());
  for (const [index, rows] of sizes.entries()) {
    for (let row = 0; row < rows; row++)
      queue.open()?.add(index * 1000 + row, `telltale_frame_1_ note ${index}.${row}`);
    await queue.committed();
  }
  await spool.close(1);
  const [name] = await readdir(dir);
  const bytes = await readFile(join(dir, name as string));
  await rm(join(dir, name as string));
  return { name: name as string, bytes };
}

test('a segment cut anywhere keeps every whole block, and only what was cut is gone', async () => {
  const { name, bytes } = await makeSegment([2, 3, 1]);
  const nonce = nonceOf(bytes);
  const ends = scanSegment(bytes, nonce).blocks.map(({ end }) => end);
  const rows = [2, 3, 1];
  for (let cut = 0; cut < bytes.length; cut++) {
    const scan = scanSegment(bytes.subarray(0, cut), nonce);
    const whole = ends.filter((end) => end <= cut).length;
    expect(scan.blocks.map((block) => block.rows)).toEqual(rows.slice(0, whole));
    expect(scan.damaged).toEqual([]);
    expect(scan.tornAt).toBe(cut === (ends[whole - 1] ?? 0) ? null : (ends[whole - 1] ?? 0));
  }
  await writeFile(join(dir, name), bytes.subarray(0, bytes.length - 3));
  const { spool, counters, inserted } = await open();
  await spool.settled();
  expect(spool.recovered).toMatchObject({ tornTails: 1, damagedRecords: 0 });
  expect(rowsOf(inserted.values(), [nonce])).toBe(5);
  expect(counters).toMatchObject({ recovered: 5, inserted: 5, quarantined: 0 });
  await spool.close(10);
});

test('a damaged record is set aside and counted; the records around it are inserted', async () => {
  const { name, bytes } = await makeSegment([2, 3, 1]);
  const nonce = nonceOf(bytes);
  const middle = scanSegment(bytes, nonce).blocks[1] as { start: number; end: number };
  bytes[middle.end - 2] = (bytes[middle.end - 2] as number) ^ 1;
  await writeFile(join(dir, name), bytes);
  const { spool, counters, inserted, aside } = await open();
  await spool.settled();
  expect(rowsOf(inserted.values(), [nonce])).toBe(3);
  expect(aside).toMatchObject([{ reason: 'damaged_record' }]);
  expect(aside[0]?.bytes.equals(bytes.subarray(middle.start, middle.end))).toBe(true);
  expect(counters).toMatchObject({ received: 6, acked: 6, inserted: 3, quarantined: 3, spooled: 0 });
  await spool.close(10);
});

test.each([
  ['the number', 17 + 17],
  ['the rows', 17 + 26],
  ['the length', 17 + 35],
  ['the checksum of the head', 17 + 44],
  ['the checksum of the block', 17 + 53],
  ['the nonce', 17],
  ['the mark', 0],
])('damage to %s in the head of the last record is no torn append: it is set aside and counted', async (_what, at) => {
  const { name, bytes } = await makeSegment([2, 3]);
  const last = scanSegment(bytes, nonceOf(bytes)).blocks[1] as { start: number };
  const digit = bytes.indexOf(CURRENT_LAYOUT.mark, last.start) + at;
  bytes[digit] = bytes[digit] === 0x66 ? 0x30 : 0x66;
  await writeFile(join(dir, name), bytes);
  const { spool, counters, aside } = await open();
  await spool.settled();
  expect(spool.recovered).toMatchObject({ tornTails: 0, damagedRecords: 1 });
  expect(aside[0]?.bytes.equals(bytes.subarray(last.start))).toBe(true);
  // A head has the number of rows twice: when both agree they are believed.
  const isKnown = at !== 17 + 26;
  expect(counters).toMatchObject({ inserted: 2, quarantined: isKnown ? 3 : 0, spooled: 0 });
  await spool.close(10);
});

test('each of two adjacent damaged records is counted, and a torn one after them is cut', async () => {
  const { name, bytes } = await makeSegment([1, 2, 3, 4]);
  const nonce = nonceOf(bytes);
  const { blocks } = scanSegment(bytes, nonce);
  for (const { end } of blocks.slice(1, 3)) bytes[end - 1] = (bytes[end - 1] as number) ^ 1;
  await writeFile(join(dir, name), bytes.subarray(0, bytes.length - 5));
  const { spool, counters } = await open();
  await spool.settled();
  expect(spool.recovered).toMatchObject({ tornTails: 1, damagedRecords: 2 });
  expect(counters).toMatchObject({ inserted: 1, quarantined: 5 });
  await spool.close(10);
});

test('whatever bits flip, scanning never fails and loses only the blocks they are in', async () => {
  const { bytes } = await makeSegment([1, 2, 1, 3]);
  const nonce = nonceOf(bytes);
  const { blocks } = scanSegment(bytes, nonce);
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: bytes.length * 8 - 1 }), { minLength: 1, maxLength: 6 }),
      fc.option(fc.nat({ max: bytes.length })),
      (bits, cut) => {
        const image = Buffer.from(bytes.subarray(0, cut ?? bytes.length));
        const flipped = bits.filter((bit) => bit >> 3 < image.length);
        for (const bit of flipped) image[bit >> 3] = (image[bit >> 3] as number) ^ (1 << (bit & 7));
        const scan = scanSegment(image, nonce);
        const unharmed = blocks.filter(
          ({ start, end }) => end <= image.length && image.subarray(start, end).equals(bytes.subarray(start, end)),
        );
        const found = scan.blocks.map(({ start }) => start);
        expect(found).toEqual(unharmed.map(({ start }) => start));
        // Nothing is left unaccounted for: blocks, damaged stretches and the tail cover the file.
        const covered = [...scan.blocks, ...scan.damaged].reduce((sum, { start, end }) => sum + end - start, 0);
        expect(covered + (scan.tornAt === null ? 0 : image.length - scan.tornAt)).toBe(image.length);
        // Only what was cut is torn: a file of its whole length has damage, and no unacknowledged end.
        const isCut =
          image.length > 0 && image.length < bytes.length && !blocks.some(({ end }) => end === image.length);
        if (scan.tornAt !== null) expect(isCut).toBe(true);
        if (isCut && image.equals(bytes.subarray(0, image.length))) expect(scan.tornAt).not.toBeNull();
        // Every block that is there in full but harmed is set aside, by one stretch or by several.
        for (const { start, end } of blocks.filter((block) => block.end <= image.length && !unharmed.includes(block)))
          expect(
            scan.damaged.reduce((sum, part) => sum + overlap(part, { start, end }), 0),
            JSON.stringify(scan),
          ).toBe(end - start);
      },
    ),
    { numRuns: propertyRuns(500, 5000) },
  );
});
