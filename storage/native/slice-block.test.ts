import fc from 'fast-check';
import { expect, it } from 'vitest';
import { propertyRuns } from '../../test/support/tier.ts';
import { NativeBlock } from './block.ts';
import { StringColumn } from './columns.ts';
import { LowCardinalityColumn } from './low-cardinality.ts';
import { readBlock, sliceBlock } from './slice-block.ts';

const blockOf = (names: readonly string[]): Buffer => {
  const block = new NativeBlock({ name: new LowCardinalityColumn(), text: new StringColumn() });
  for (const name of names) {
    block.columns.name.text(name);
    block.columns.text.text(`${name}!`);
  }
  return Buffer.from(block.encode());
};
const rowsOf = (bytes: Buffer): string[][] => {
  const { rows, columns } = readBlock(bytes);
  return Array.from({ length: rows }, (_, row) => columns.map(({ cell }) => cell(row).toString()));
};

it('a slice has the rows that it was cut from, whatever the names', () => {
  const name = fc.oneof(fc.constantFrom('a', 'b', ''), fc.string({ maxLength: 5 }));
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 400 }), fc.nat(), fc.nat(), (names, a, b) => {
      const [from, to] = [a % (names.length + 1), b % (names.length + 1)].sort((x, y) => x - y) as [number, number];
      const whole = blockOf(names);
      expect(rowsOf(sliceBlock(readBlock(whole), from, to))).toEqual(rowsOf(whole).slice(from, to));
    }),
    { numRuns: propertyRuns(100, 2000) },
  );
});

it('a row does not carry the names of the others', () => {
  const block = readBlock(blockOf(Array.from({ length: 5000 }, (_, i) => `${i}`.padStart(200, 'n'))));
  expect(sliceBlock(block, 4999, 5000).length).toBeLessThan(1000);
});
