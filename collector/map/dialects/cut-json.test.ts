import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCutJson } from './cut-json.ts';

const NOTE = '…[telltale: 99999 bytes cut to 61440; sha256 0011223344556677]…';

it('keeps what is complete before the cut', () => {
  const cut = (head: string) => parseCutJson(`${head}${NOTE}rest"}]`);
  expect(cut('[{"role":"user","content":"a, ] }"},{"role":"assistant","con')).toEqual([
    { role: 'user', content: 'a, ] }' },
    { role: 'assistant' },
  ]);
  expect(cut('{"type":"generation","model":"gpt-4o","input":[{"a":1},{"b":"long \\" and')).toEqual({
    type: 'generation',
    model: 'gpt-4o',
    input: [{ a: 1 }, {}],
  });
  expect(cut('[1,2,3')).toEqual([1, 2]);
  expect(cut('"just text')).toBeUndefined();
  expect(cut('{]')).toBeUndefined();
});

it('says nothing of text that was not cut', () => {
  expect(parseCutJson('[1,2,')).toBeUndefined();
});

it('gives a list its first elements, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 1, maxLength: 6 }), fc.nat(400), (list, at) => {
      const text = JSON.stringify(list);
      const head = text.slice(0, Math.min(at, text.length - 1));
      fc.pre(!head.includes('…'));
      const left = parseCutJson(head + NOTE);
      expect(left === undefined).toBe(head === '');
      const whole = Array.isArray(left) ? left.slice(0, -1) : [];
      expect(whole).toEqual(JSON.parse(JSON.stringify(list.slice(0, whole.length))));
    }),
  );
});

it('takes any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseCutJson(text + NOTE)));
});
