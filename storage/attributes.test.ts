import { expect, test } from 'vitest';
import { decodeAttributes, decodeEvents, decodeLinks, decodeScopeAttributes, decodeValue } from './attributes.ts';

test.each([
  ['s', '42', '42'],
  ['i', '42', 42],
  ['i', '-9007199254740991', -9007199254740991],
  ['i', '9007199254740993', '9007199254740993'],
  ['d', '0.1', 0.1],
  ['d', '1e400', '1e400'],
  ['d', 'NaN', 'NaN'],
  ['d', '-Infinity', '-Infinity'],
  ['b', 'true', true],
  ['b', 'false', false],
  ['a', '[1,[2,"x"],null]', [1, [2, 'x'], null]],
  ['k', '{"a":{"b":1}}', { a: { b: 1 } }],
  ['x', 'AAEC', 'AAEC'],
  ['n', '', null],
] as const)('type %s of %j is %j', (type, stored, expected) => {
  expect(decodeValue(type, stored)).toEqual(expected);
});

test('the text of an input or output is put back where it was', () => {
  expect(decodeAttributes(['in', 'out'], 'IO', ['', ''], { I: 'asked', O: 'said' })).toEqual({
    in: 'asked',
    out: 'said',
  });
});

test('a key sent twice keeps its last value', () => {
  expect(decodeAttributes(['a', 'a'], 'si', ['first', '2'])).toEqual({ a: 2 });
});

test('a damaged value shows what is stored and hides nothing else', () => {
  expect(decodeAttributes(['a', 'b', 'c'], 'a', ['[1,', 'x', 'y'])).toEqual({ a: '[1,', b: 'x', c: 'y' });
  expect(decodeEvents('not json')).toEqual([]);
  expect(decodeLinks('{')).toEqual([]);
  expect(decodeScopeAttributes('[')).toEqual({});
});

test('events keep the nanosecond, from 1970 to the end of the clock', () => {
  const at = (timeUnixNano: string) =>
    decodeEvents(JSON.stringify([{ name: 'e', timeUnixNano, attributes: [] }]))[0]?.time;
  expect(at('0')).toBe('1970-01-01T00:00:00.000000000Z');
  expect(at('1795176000123456789')).toBe('2026-11-20T12:00:00.123456789Z');
  expect(at('18446744073709551615')).toBe('2554-07-21T23:34:33.709551615Z');
});

test('a key named __proto__ is a key, in maps, lists and nested values', () => {
  const nested = decodeValue('k', '{"__proto__":{"polluted":true}}') as object;
  for (const object of [
    decodeAttributes(['__proto__'], 's', ['x']),
    decodeScopeAttributes('{"__proto__":1}'),
    nested,
  ]) {
    expect(Object.keys(object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  }
});
