import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

test('a cursor comes back as the place it was made of', () => {
  const anyPlace = fc.record({
    startedNs: fc.bigInt({ min: 0n, max: 4_294_967_295_000_000_000n }),
    traceId: fc.stringMatching(/^[0-9a-f]{32}$/),
  });
  fc.assert(
    fc.property(anyPlace, (place) => {
      expect(decodeCursor(encodeCursor(place))).toEqual(place);
    }),
  );
});

test.each([
  '',
  'x',
  '1-2',
  `-1-${'a'.repeat(32)}`,
  `9999999999999999999-${'a'.repeat(32)}`,
  `1-${'A'.repeat(32)}`,
  `1-${'a'.repeat(32)}\n`,
])('%j is no cursor of ours', (text) => {
  expect(() => decodeCursor(text)).toThrow('not a cursor of this list');
});
