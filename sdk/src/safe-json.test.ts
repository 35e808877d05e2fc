// Any value as text: nothing throws, sizes hold, and what is cut is said.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, toText } from './safe-json.ts';

describe('toText', () => {
  it('leaves strings alone and writes the rest as JSON', () => {
    expect(toText('words', 100)).toBe('words');
    expect(toText({ a: [1, null, true] }, 100)).toBe('{"a":[1,null,true]}');
    expect(toText(undefined, 100)).toBe(undefined);
    expect(toText(null, 100)).toBe('null');
  });

  it('writes what JSON does not know', () => {
    const value = {
      big: 9_007_199_254_740_993n,
      when: new Date('2026-11-20T13:32:07Z'),
      bad: Number.POSITIVE_INFINITY,
      map: new Map([['k', 1]]),
      set: new Set(['x']),
      error: new TypeError('oops'),
      bytes: new Uint8Array(3),
      fn: function pay() {},
      symbol: Symbol('s'),
    };
    expect(JSON.parse(toText(value, 10_000) ?? '')).toEqual({
      big: '9007199254740993',
      when: '2026-11-20T13:32:07.000Z',
      bad: 'Infinity',
      map: { k: 1 },
      set: ['x'],
      error: { name: 'TypeError', message: 'oops' },
      bytes: '[Uint8Array, 3 bytes]',
      fn: '[function pay]',
      symbol: 'Symbol(s)',
    });
  });

  it('marks a cycle, and writes a value that is only repeated', () => {
    const shared = { n: 1 };
    const value: Record<string, unknown> = { one: shared, two: shared };
    value.self = value;
    expect(toText(value, 1000)).toBe('{"one":{"n":1},"two":{"n":1},"self":"[circular]"}');
  });

  it('survives getters, toJSON and proxies that throw', () => {
    const value = {
      get bad() {
        throw new Error('no');
      },
      json: {
        toJSON() {
          throw new Error('never');
        },
      },
      good: 1,
    };
    expect(toText(value, 1000)).toBe('{"bad":"[unreadable: no]","json":"[unreadable: never]","good":1}');
  });

  it('shortens long strings inside an object first, so that it stays JSON', () => {
    const text = toText({ id: 48213, page: 'x'.repeat(5000), tail: 'end' }, 2000) ?? '';
    expect(text.length).toBeLessThanOrEqual(2000);
    expect(JSON.parse(text)).toMatchObject({ id: 48213, tail: 'end' });
    expect(text).toMatch(/\[\d+ of 5000 characters cut\]/);
  });

  it('reads a value once where there is no text to shorten', () => {
    let reads = 0;
    const item = { enumerable: true, get: () => ++reads };
    const values = Array.from({ length: 500 }, () => Object.defineProperty({}, 'n', item));
    expect(toText(values, 2000)).toContain('characters cut');
    expect(reads).toBe(500);
    const withText = [...values, 'x'.repeat(3000)];
    expect(toText(withText, 8000)).toContain('500');
    expect(reads).toBe(500 * 3);
  });

  it('gives up on depth and on too many values instead of running away', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 10_000; i += 1) deep = { deep };
    expect(toText(deep, 1000)).toContain('nested too deep');
    const wide = toText(Array(1_000_000).fill(0), 1_000_000) ?? '';
    expect(wide).toContain('more left out');
    expect(wide.length).toBeLessThan(100_000);
  });

  it('never throws and always gives valid JSON for what is not a string', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
        (value) => {
          const text = toText(value, 1_000_000);
          if (value === undefined || typeof value === 'string') expect(text).toBe(value);
          else expect(() => JSON.parse(text ?? '')).not.toThrow();
        },
      ),
    );
  });
});

describe('cut', () => {
  it('keeps head and tail and says how much is gone', () => {
    const text = `${'a'.repeat(600)}${'m'.repeat(800)}${'z'.repeat(600)}`;
    expect(cut(text, 400)).toBe(`${'a'.repeat(300)}… [1600 of 2000 characters cut] …${'z'.repeat(100)}`);
  });

  it('never splits a character in two', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 0, maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (text, limit) => {
          expect(Buffer.from(cut(text, limit)).toString()).toBe(cut(text, limit));
        },
      ),
    );
  });
});
