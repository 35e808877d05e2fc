import { expect, it } from 'vitest';
import { shortId } from './format.ts';
import { wantedOf } from './route.ts';
import { typedFilter } from './runs/filters.ts';
import { pieceOf } from './span/payload.ts';
import { headOf, shorten } from './whole-text.ts';

const FAMILY = '👩‍👩‍👧';
const FLAG = '🇩🇪';

it('text is cut between graphemes, and only text that is too long', () => {
  expect(headOf('abcdef', 4)).toBe('abcd');
  expect(headOf(FAMILY.repeat(3), FAMILY.length + 5)).toBe(FAMILY);
  expect(headOf(FLAG.repeat(3), 6)).toBe(FLAG);
  expect(headOf('e\u0301'.repeat(4), 3)).toBe('e\u0301');
  expect(shorten('Timeout', 24)).toBe('Timeout');
  expect(shorten(`Timeout ${FAMILY}`, 12)).toBe('Timeout …');
});

it('endless combining marks on one letter are cut, and never in half a surrogate pair', () => {
  expect(headOf(`a${'\u0301'.repeat(500)}`, 90)).toHaveLength(90);
  // It throws on half a surrogate pair.
  expect(() => encodeURIComponent(headOf(`👍${'\u200d👍'.repeat(500)}`, 90))).not.toThrow();
});

it('ids, search text, and long payloads are cut the same way', () => {
  expect(shortId(FAMILY.repeat(4))).toBe(`…${FAMILY}`);
  expect(wantedOf('👍'.repeat(400)).what === 'text' && headOf('👍'.repeat(400), 500)).toBe('👍'.repeat(250));
  expect(typedFilter(`x${'👍'.repeat(400)}`)?.value).toBe(`x${'👍'.repeat(249)}`);
  const { head, tail, hidden } = pieceOf(FAMILY.repeat(4000), 100, 100);
  expect(head).toBe(FAMILY.repeat(12));
  expect(tail).toBe(FAMILY.repeat(13));
  expect(head.length + hidden + tail.length).toBe(4000 * FAMILY.length);
});
