import { expect, it } from 'vitest';
import { bindAsLiterals, bindForServer } from './bind.ts';

const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);

it('asks for a set where an array behind IN is long, and only there', () => {
  const sql =
    'SELECT 1 WHERE a IN {few:Array(String)} AND b NOT IN {many:Array(String)} AND has({many:Array(String)}, c)';
  const bound = bindAsLiterals(sql, { few: names(3), many: names(100) });
  expect(bound).toContain("a IN CAST(['n0','n1','n2'], 'Array(String)')");
  expect(bound).toMatch(/b NOT IN \(SELECT arrayJoin\(CAST\(\[.*\], 'Array\(String\)'\)\)\)/);
  expect(bound).toMatch(/has\(CAST\(\['n0'/);
});

it('leaves short values to the server, in the same form', () => {
  const { sql, values } = bindForServer('a IN {many:Array(String)}', { many: names(100) });
  expect(sql).toBe('a IN (SELECT arrayJoin({many:Array(String)}))');
  expect(values).toEqual({ many: names(100) });
});

it('writes ids as bytes, whether few or many', () => {
  const id = (i: number) => i.toString(16).padStart(32, '0');
  const few = bindAsLiterals('t IN {ids:Array(Id16)}', { ids: [id(1)] });
  expect(few).toBe(`t IN arrayMap(x -> toFixedString(unhex(x), 16), CAST(['${id(1)}'], 'Array(String)'))`);
  const many = bindAsLiterals('t IN {ids:Array(Id16)}', { ids: Array.from({ length: 100 }, (_, i) => id(i)) });
  expect(many).toMatch(/^t IN \(SELECT arrayJoin\(arrayMap\(x -> toFixedString\(unhex\(x\), 16\), CAST\(/);
});
