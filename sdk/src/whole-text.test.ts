import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cut } from './safe-json.ts';
import { headOf, shorten, wholeEnd, wholeStart } from './whole-text.ts';

const FAMILY = '👩‍👩‍👧';
const graphemesOf = (text: string) => [...new Intl.Segmenter('en').segment(text)].map(({ segment }) => segment);

it('text is cut between graphemes', () => {
  expect(headOf(FAMILY.repeat(3), FAMILY.length + 5)).toBe(FAMILY);
  expect(headOf('🇩🇪'.repeat(100), 399)).toBe('🇩🇪'.repeat(99));
  expect(headOf('e\u0301'.repeat(4), 3)).toBe('e\u0301');
  expect(shorten('abcdef', 4)).toBe('abcd…');
  expect(shorten('abcd', 4)).toBe('abcd');
});

it('what is recorded of a long text keeps whole graphemes at both sides of the gap', () => {
  const [head = '', , tail = ''] = cut(FAMILY.repeat(50), 100).split(/(… \[\d+ of 400 characters cut\] …)/);
  expect(head).toBe(FAMILY.repeat(9));
  expect(tail).toBe(FAMILY.repeat(3));
});

it('marks piled on one letter without end are cut, and never in half a surrogate pair', () => {
  expect(headOf(`a${'\u0301'.repeat(500)}`, 90)).toHaveLength(90);
  expect(headOf(`👍${'\u200d👍'.repeat(500)}`, 90).isWellFormed()).toBe(true);
});

it('wherever it is cut, both sides hold whole graphemes', () => {
  const part = fc.constantFrom('a', ' ', 'e\u0301', '👍', FAMILY, '🇩🇪', 'क्षि', '한', '\r\n');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.nat({ max: 200 }), (parts, at) => {
      const text = parts.join('');
      const whole = graphemesOf(text);
      for (const place of [wholeEnd(text, at), wholeStart(text, at)])
        expect([...graphemesOf(text.slice(0, place)), ...graphemesOf(text.slice(place))]).toEqual(whole);
    }),
  );
});
