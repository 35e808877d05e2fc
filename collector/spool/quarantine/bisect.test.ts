// How bad rows are found: every good row is stored once, every bad one quarantined once, in a bounded number of inserts,
// whatever fails in between and wherever it begins again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StorageError } from '#storage/database';
import { readBlock } from '#storage/native/slice-block';
import { NoteBlock } from '../../../test/faults/note-spool.ts';
import { propertyRuns } from '../../../test/support/tier.ts';
import { type BadRows, type BisectDeps, bisect, MAX_REFUSALS, startOfBisect } from './bisect.ts';

/** The file of a segment: blocks of so many rows, numbered through. */
function segmentOf(sizes: readonly number[]): { bytes: Buffer; rows: number } {
  const block = new NoteBlock();
  let next = 0;
  const parts = sizes.map((rows, number) => {
    block.clear();
    for (let row = 0; row < rows; row++) block.add(next++, `note ${next}`);
    return Buffer.from(block.encode({ nonce: '0123456789abcdef', number }));
  });
  return { bytes: Buffer.concat(parts), rows: next };
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

/** Storage that refuses some numbers, and fails for other reasons when `isDown` says so, before or after it took rows. */
function storageOf(isBad: (number: number) => boolean, isDown: () => 'before' | 'after' | null = () => null) {
  const stored = new Map<string, number[]>();
  const quarantined = new Map<string, BadRows>();
  let inserts = 0;
  const deps: BisectDeps = {
    async insert(part) {
      inserts++;
      const down = isDown();
      if (down === 'before') throw new StorageError('down', { retryable: true });
      const numbers = numbersOf(part);
      if (numbers.some(isBad)) throw new StorageError('refused', { retryable: false, engineCode: 469 });
      stored.set(part.toString('base64'), numbers);
      if (down === 'after') throw new StorageError('no answer', { retryable: true });
    },
    async quarantine(bad) {
      if (isDown() === 'before') throw new Error('disk full');
      quarantined.set(bad.source, bad);
    },
  };
  return {
    deps,
    inserts: () => inserts,
    stored: () => [...stored.values()].flat().sort((a, b) => a - b),
    bad: () => [...quarantined.values()],
  };
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
const upTo = (rows: number) => Array.from({ length: rows }, (_, row) => row);

describe('bisecting', () => {
  it('ends after so many refusals when every row is bad, and quarantines the rest as one', async () => {
    const { bytes, rows } = segmentOf([2000, 2000]);
    const storage = storageOf(() => true);
    const progress = startOfBisect();
    await bisect(bytes, { token: 't', rows }, progress, storage.deps);
    expect(storage.inserts()).toBe(MAX_REFUSALS);
    expect(progress).toMatchObject({ insertedRows: 0, quarantinedRows: rows });
    const bad = storage.bad();
    expect(sorted(bad.flatMap((each) => numbersOf(each.bytes)))).toEqual(upTo(rows));
    expect(String(bad.at(-1)?.error)).toMatch(/storage refused 200 parts .* the last refusal: refused/);
    expect(bad.at(-1)?.rows).toBe(numbersOf(bad.at(-1)?.bytes as Buffer).length);
  });

  it('ends as soon when every block has a single row', async () => {
    const { bytes, rows } = segmentOf(Array.from({ length: 500 }, () => 1));
    const storage = storageOf(() => true);
    await bisect(bytes, { token: 't', rows }, startOfBisect(), storage.deps);
    expect(storage.inserts()).toBe(MAX_REFUSALS);
    expect(sorted(storage.bad().flatMap((each) => numbersOf(each.bytes)))).toEqual(upTo(rows));
  });

  it('gets through when what it gave up is retried, each time in as few inserts', async () => {
    const { bytes, rows } = segmentOf([600]);
    const isBad = (number: number) => number % 4 === 0;
    const stored: number[] = [];
    const alone: number[] = [];
    let rest: { bytes: Buffer; rows: number } | undefined = { bytes, rows };
    for (let round = 0; rest !== undefined && round < 20; round++) {
      const storage = storageOf(isBad);
      await bisect(rest.bytes, { token: `${round}`, rows: rest.rows }, startOfBisect(), storage.deps);
      expect(storage.inserts()).toBeLessThanOrEqual(2 * MAX_REFUSALS);
      stored.push(...storage.stored());
      alone.push(...storage.bad().flatMap((bad) => (bad.rows === 1 ? numbersOf(bad.bytes) : [])));
      rest = storage.bad().find((bad) => bad.rows > 1);
    }
    expect(rest).toBeUndefined();
    expect(sorted(stored)).toEqual(upTo(rows).filter((number) => !isBad(number)));
    expect(sorted(alone)).toEqual(upTo(rows).filter(isBad));
  });

  it('goes on where it was when storage or the disk fails in between, and after a kill from the beginning', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat({ max: 159 }), { maxLength: 30 }),
        fc.array(fc.constantFrom('before', 'after', 'kill', null, null, null, null), { maxLength: 60 }),
        async (sizes, badNumbers, troubles) => {
          const { bytes, rows } = segmentOf(sizes);
          const isBad = (number: number) => badNumbers.includes(number);
          let wasKilled = false;
          const storage = storageOf(isBad, () => {
            const trouble = troubles.shift() ?? null;
            wasKilled ||= trouble === 'kill';
            return trouble === 'kill' ? 'before' : trouble;
          });
          let progress = startOfBisect();
          for (let isDone = false; !isDone; ) {
            if (wasKilled) progress = startOfBisect();
            wasKilled = false;
            isDone = await bisect(bytes, { token: 't', rows }, progress, storage.deps).then(
              () => true,
              () => false,
            );
          }
          expect(storage.stored()).toEqual(upTo(rows).filter((number) => !isBad(number)));
          expect(sorted(storage.bad().flatMap((bad) => numbersOf(bad.bytes)))).toEqual(upTo(rows).filter(isBad));
          expect(progress.insertedRows + progress.quarantinedRows).toBe(rows);
        },
      ),
      { numRuns: propertyRuns(100, 2000) },
    );
  });
});
