import fc from 'fast-check';
import { expect, it } from 'vitest';
import { charCount, clip, headOf } from './clip.ts';

const FAMILY = '👩‍👩‍👧';
const graphemesOf = (text: string) => [...new Intl.Segmenter('en').segment(text)].map(({ segment }) => segment);
const text = fc.array(fc.constantFrom('a', ' ', 'é', 'e\u0301', '👍', FAMILY, '🇩🇪', 'क्षि', '한', '\r\n', '…'), {
  maxLength: 40,
});

it('short text stays as it is, longer text ends in an ellipsis that counts', () => {
  expect(clip('abcd', 4)).toBe('abcd');
  expect(clip('abcde', 4)).toBe('abc…');
  expect(clip('ab cde', 4)).toBe('ab…');
  expect(clip('👍'.repeat(4), 4)).toBe('👍'.repeat(4));
  expect(clip('👍'.repeat(5), 4)).toBe('👍👍👍…');
});

it('an emoji of several code points and a letter with its marks stay whole or go', () => {
  expect(clip(FAMILY.repeat(4), 12)).toBe(`${FAMILY.repeat(2)}…`);
  expect(clip('🇩🇪'.repeat(4), 4)).toBe('🇩🇪…');
  expect(clip('e\u0301'.repeat(4), 4)).toBe('e\u0301…');
});

it('marks piled on one letter without end are cut like any text', () => {
  expect(charCount(clip(`a${'\u0301'.repeat(5000)}`, 90))).toBe(90);
  expect(charCount(clip(`👍${'\u200d👍'.repeat(5000)}`, 90))).toBe(90);
});

it('whatever the text, the limit holds, the start stays, and no grapheme is cut', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 8, max: 60 }), (parts, limit) => {
      const whole = parts.join('');
      const head = headOf(whole, limit);
      expect(charCount(head)).toBeLessThanOrEqual(limit);
      expect(charCount(clip(whole, limit))).toBeLessThanOrEqual(limit);
      const all = graphemesOf(whole);
      expect(graphemesOf(head)).toEqual(all.slice(0, graphemesOf(head).length));
      // As much as fits.
      const next = all[graphemesOf(head).length];
      if (next !== undefined) expect(charCount(head + next)).toBeGreaterThan(limit);
    }),
  );
});
