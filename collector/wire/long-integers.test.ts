import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteLongIntegers } from './long-integers.ts';

describe('quoteLongIntegers', () => {
  it('keeps every digit of a bare 64-bit integer', () => {
    const json = '{"startTimeUnixNano":1795386336183000001,"list":[-9223372036854775808, 12]}';
    expect(JSON.parse(quoteLongIntegers(json))).toEqual({
      startTimeUnixNano: '1795386336183000001',
      list: ['-9223372036854775808', 12],
    });
  });

  it('leaves digits inside texts alone, also after escaped quotes', () => {
    const value = { 'a:1234567890123456789': 'x ":1234567890123456789, \\" y', n: 1 };
    const json = `${JSON.stringify(value).slice(0, -1)},"big":1234567890123456789}`;
    expect(JSON.parse(quoteLongIntegers(json))).toEqual({ ...value, big: '1234567890123456789' });
  });

  it('changes nothing for any JSON whose numbers fit', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const quoted = quoteLongIntegers(json);
        const plain = (_key: string, value: unknown) =>
          typeof value === 'string' && /^-?\d{16,}$/.test(value) ? Number(value) : value;
        expect(JSON.parse(quoted, plain)).toEqual(JSON.parse(json, plain));
      }),
    );
  });

  it('survives broken JSON', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof quoteLongIntegers(`{"a":1234567890123456789,${text}`)).toBe('string');
      }),
    );
  });
});
