import { expect, test } from 'vitest';
import { sessionQuerySchema } from '#contracts/search';
import { bindAsLiterals, bindForServer } from './bind.ts';
import { composeSessions, type SessionPosition } from './where-sessions.ts';

const compose = (query: Record<string, unknown>, after: SessionPosition | null = null) =>
  composeSessions('default', sessionQuerySchema.parse(query), after);
const AFTER = { lastNs: '1795176000000000001', sessionId: 's-9' };
const EVERY = { from: '1795172400000', to: '1795176000000', q: 'x', agent: ['a', 'b'], userId: 'u', limit: 10 };

test('without filters, and with every filter after a place in the list', () => {
  expect(compose({})).toMatchSnapshot();
  expect(compose(EVERY, AFTER)).toMatchSnapshot();
});

test('no value of a filter is ever part of the SQL', () => {
  const hostile = "x') OR 1=1; DROP TABLE spans -- {projectId:String}";
  const { sql, params } = compose({ q: hostile, agent: hostile, userId: hostile }, { lastNs: '1', sessionId: hostile });
  expect(sql).not.toContain('DROP');
  expect(bindForServer(sql, params).sql).not.toContain('DROP');
  expect(bindAsLiterals(sql, params).replace(/'(?:[^'\\]|\\.)*'/g, "''")).not.toContain('DROP');
});

test('every parameter in the SQL has a value and every value is used', () => {
  for (const { sql, params } of [compose({}), compose({ q: 'x' }), compose(EVERY), compose(EVERY, AFTER)]) {
    const used = new Set([...sql.matchAll(/\{(\w+):/g)].map((match) => match[1]));
    expect([...used].sort()).toEqual(Object.keys(params).sort());
  }
});
