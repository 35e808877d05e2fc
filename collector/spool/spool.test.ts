// The spool over real files: what it acknowledges is on disk, reaches storage once, and survives damage.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageError } from '#storage/database';
import { NativeBlock } from '#storage/native/block';
import { FixedColumn, StringColumn } from '#storage/native/columns';
import { SignalCounters } from '../counters.ts';
import { scanSegment } from './scan.ts';
import { parseSegmentName } from './segment.ts';
import { Spool, type SpoolOptions } from './spool.ts';

class NoteBlock extends NativeBlock<{ number: FixedColumn; text: StringColumn }> {
  constructor() {
    super({ number: new FixedColumn('UInt32', 4), text: new StringColumn() });
  }
  get bytes(): number {
    return this.columns.text.bytes;
  }
  add(number: number, text: string): void {
    this.columns.number.sink.u32(number);
    this.columns.text.text(text);
  }
}

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'telltale-spool-'));
});
afterEach(async () => {
  for (const path of [dir, `${dir}.pid`]) await rm(path, { recursive: true, force: true });
});

interface World {
  readonly spool: Spool;
  readonly counters: SignalCounters;
  /** Files given to storage: their bytes by token, and every call. */
  readonly inserted: Map<string, Buffer>;
  readonly calls: string[];
  readonly aside: { name: string; reason: string; bytes: Buffer }[];
  readonly failures: string[];
}

async function open(over: Partial<SpoolOptions> = {}): Promise<World> {
  const counters = new SignalCounters();
  const inserted = new Map<string, Buffer>();
  const calls: string[] = [];
  const aside: World['aside'] = [];
  const failures: string[] = [];
  const spool = await Spool.open({
    dir,
    tables: { notes: counters },
    maxBytes: 1 << 30,
    minFreeBytes: 0,
    flushMs: 5,
    async insert(_table, path, token) {
      calls.push(token);
      inserted.set(token, await readFile(path));
    },
    bisect: async () => ({ insertedRows: 0, bad: [] }),
    onFailed: ({ message }) => failures.push(message),
    keepAside: async (entry) => void aside.push({ ...entry }),
    quarantine: async () => {},
    log: { warn: () => {}, error: () => {} },
    now: () => 1_000,
    ...over,
  });
  return { spool, counters, inserted, calls, aside, failures };
}

const rowsOf = (files: Iterable<Buffer>, nonces: readonly string[]): number => {
  let rows = 0;
  for (const bytes of files)
    for (const nonce of nonces) for (const block of scanSegment(bytes, nonce).blocks) rows += block.rows;
  return rows;
};
const nonceOf = (bytes: Buffer): string => /telltale_frame_1_([0-9a-f]{16})/.exec(bytes.toString('latin1'))?.[1] ?? '';

interface Stretch {
  readonly start: number;
  readonly end: number;
}
const overlap = (a: Stretch, b: Stretch): number => Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));

test('what is acknowledged is in the file before, and in storage after', async () => {
  const held: (() => void)[] = [];
  const { spool, counters, inserted } = await open({
    insert: () => new Promise((resolve) => held.push(resolve)),
  });
  const lane = spool.lane('notes', () => new NoteBlock());
  lane.open()?.add(1, 'one');
  lane.open()?.add(2, 'two');
  await lane.committed();
  const [name] = await readdir(dir);
  const bytes = await readFile(join(dir, name as string));
  expect(scanSegment(bytes, parseSegmentName(name as string)?.nonce as string).blocks).toMatchObject([{ rows: 2 }]);
  expect(counters.spooled).toBe(2);
  await expect.poll(() => held.length).toBe(1);
  held[0]?.();
  await spool.settled();
  expect(inserted.size).toBe(0);
  expect(counters).toMatchObject({ spooled: 0, inserted: 2 });
  expect(await readdir(dir)).toEqual([]);
  expect(spool.bytes).toBe(0);
  await spool.close(10);
});

test('a failed insert is tried again with the same token and bytes, as long as it takes', async () => {
  let left = 3;
  const tokens: string[] = [];
  const { spool, counters, failures } = await open({
    async insert(_table, path, token) {
      tokens.push(`${token} ${(await readFile(path)).toString('base64')}`);
      if (left-- > 0) throw new StorageError('Code: 241. memory', { retryable: true, engineCode: 241 });
    },
  });
  const lane = spool.lane('notes', () => new NoteBlock());
  lane.open()?.add(7, 'seven');
  await lane.committed();
  await spool.settled();
  expect(tokens).toHaveLength(4);
  expect(new Set(tokens).size).toBe(1);
  expect(failures).toHaveLength(3);
  expect(counters).toMatchObject({ spooled: 0, inserted: 1 });
  await spool.close(10);
});

test('what storage never took is there after a restart, with the same token', async () => {
  const refuse = async () => {
    throw new StorageError('down', { retryable: true });
  };
  const tokens: string[] = [];
  const first = await open({
    insert: async (_table, _path, token) => {
      tokens.push(token);
      await refuse();
    },
  });
  const lane = first.spool.lane('notes', () => new NoteBlock());
  for (let i = 0; i < 3; i++) {
    lane.open()?.add(i, `note ${i}`);
    await lane.committed();
  }
  await first.spool.close(1);
  expect(first.counters.spooled).toBe(3);
  const second = await open();
  await second.spool.settled();
  expect(second.counters).toMatchObject({ received: 3, acked: 3, recovered: 3, spooled: 0, inserted: 3 });
  expect(second.calls.every((token) => tokens.length === 0 || tokens.includes(token))).toBe(true);
  await second.spool.close(10);
});

test('an insert that never ends does not hold up the stop, and is there after a restart', async () => {
  const first = await open({ insert: () => new Promise(() => {}) });
  const lane = first.spool.lane('notes', () => new NoteBlock());
  lane.open()?.add(1, 'one');
  await lane.committed();
  await first.spool.close(1);
  const second = await open();
  await second.spool.settled();
  expect(second.counters).toMatchObject({ recovered: 1, inserted: 1 });
  await second.spool.close(10);
});

test('a full spool says so, and has room again when storage catches up', async () => {
  let release = () => {};
  const { spool } = await open({ maxBytes: 100, insert: () => new Promise((resolve) => (release = resolve)) });
  const lane = spool.lane('notes', () => new NoteBlock());
  expect(spool.fullBecause).toBeNull();
  lane.open()?.add(1, 'x'.repeat(200));
  await lane.committed();
  expect(spool.fullBecause).toMatch(/full/);
  const settled = spool.settled();
  await expect
    .poll(() => {
      release();
      return spool.fullBecause;
    })
    .toBeNull();
  await settled;
  await spool.close(10);
});

test('a disk with too little room says so', async () => {
  const { spool } = await open({ minFreeBytes: Number.MAX_SAFE_INTEGER });
  expect(spool.fullBecause).toMatch(/disk/);
  await spool.close(10);
});

test('a spool that another Telltale has open is refused, and a stale note of one is not', async () => {
  const { spool } = await open();
  const note = `${dir}.pid`;
  expect(await readFile(note, 'utf8')).toBe(String(process.pid));
  await spool.close(10);
  await expect(readFile(note)).rejects.toThrow('ENOENT');
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'main.ts'], { stdio: 'ignore' });
  try {
    await once(other, 'spawn');
    await writeFile(note, String(other.pid));
    await expect(open()).rejects.toThrow(/already running/);
  } finally {
    other.kill();
    await once(other, 'exit');
  }
  await (await open()).spool.close(10);
});

test('files of another version or table go to quarantine, and start succeeds', async () => {
  await writeFile(join(dir, 'notes-000000000001-0123456789abcdef.v9'), 'from the future');
  await writeFile(join(dir, 'other-000000000001-0123456789abcdef.v1'), 'another table');
  await writeFile(join(dir, 'x.tmp'), 'half a repair');
  const { spool, aside } = await open();
  expect(aside.map(({ reason }) => reason)).toEqual(['unknown_version', 'unknown_version']);
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
  const lane = spool.lane('notes', () => new NoteBlock());
  for (const [index, rows] of sizes.entries()) {
    for (let row = 0; row < rows; row++) lane.open()?.add(index * 1000 + row, `telltale_frame_1_ note ${index}.${row}`);
    await lane.committed();
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
  const digit = bytes.indexOf('telltale_frame_1_', last.start) + at;
  bytes[digit] = bytes[digit] === 0x66 ? 0x30 : 0x66;
  await writeFile(join(dir, name), bytes);
  const { spool, counters, aside } = await open();
  await spool.settled();
  expect(spool.recovered).toMatchObject({ tornTails: 0, damagedRecords: 1 });
  expect(aside[0]?.bytes.equals(bytes.subarray(last.start))).toBe(true);
  // The rows stand twice in a head: when both say the same they are believed.
  const isKnown = at !== 17 + 26;
  expect(counters).toMatchObject({ inserted: 2, quarantined: isKnown ? 3 : 0, spooled: 0 });
  await spool.close(10);
});

test('each of two damaged records that stand together is counted, and a torn one after them is cut', async () => {
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
        // Only what was cut is torn: a file of its whole length has damage, and no end that nobody was told of.
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
    { numRuns: 2000 },
  );
});
