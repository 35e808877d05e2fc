import { expect, test } from 'vitest';
import { type RunQuery, runQuerySchema } from '#contracts/search';
import { bindAsLiterals, bindForServer } from './bind.ts';
import { composeCandidates, composeVerification, type Window } from './where.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const window: Window = { sinceS: 1_795_172_400, after: null, limit: 51 };
const compose = (query: Record<string, unknown>, over: Partial<Window> = {}) =>
  composeCandidates('default', runQuerySchema.parse(query) as RunQuery, { ...window, ...over }, NOW_MS);

test('without filters', () => {
  expect(compose({})).toMatchSnapshot();
});

test('after a place in the list, from a time on', () => {
  const after = { startedNs: 1_795_176_000_000_000_001n, traceId: 'f'.repeat(32) };
  expect(compose({ from: '1795172400000' }, { after })).toMatchSnapshot();
});

test('every filter on the run', () => {
  const query = {
    agent: ['a', 'b'],
    service: 's',
    model: 'm',
    errorType: 'e',
    sessionId: 'x',
    userId: 'u',
    status: ['stalled', 'ok', 'running', 'error', 'ok'],
    maxConfidence: '0.5',
    minDurationMs: '1.5',
    minCostUsd: '0.01',
  };
  expect(compose(query)).toMatchSnapshot();
});

test('filters on a time long ago look at the runs of that time only', () => {
  const filters = { status: 'error', q: 'x', attr: 'a=b', minCostUsd: '1' };
  const sinceS = NOW_MS / 1000 - 24 * 3600;
  const after = (seconds: number) => ({ startedNs: BigInt(seconds) * 1_000_000_000n, traceId: 'f'.repeat(32) });
  const longAgo = compose(filters, { sinceS, after: after(sinceS + 3600) }).sql;
  expect(longAgo).toMatchSnapshot();
  expect(compose(filters, { sinceS, after: after(NOW_MS / 1000 - 3600) }).sql.length).toBeLessThan(longAgo.length);
});

test('text, an id as text, and two attributes', () => {
  expect(compose({ q: ' 4BF92F3577B34DA6A3CE929D0E0E4736', attr: ['a=b=c', "it's="] })).toMatchSnapshot();
  expect(compose({ q: '00f067aa0ba902b7' }).sql).toContain('span_id = {qSpanId:Id8}');
});

test('no value of a filter is ever part of the SQL', () => {
  const hostile = "x') OR 1=1; DROP TABLE spans -- {projectId:String}";
  const query = Object.fromEntries(
    ['agent', 'service', 'model', 'errorType', 'sessionId', 'userId', 'q'].map((name) => [name, hostile]),
  );
  const { sql, params } = compose({ ...query, attr: `${hostile}=${hostile}` });
  expect(sql).not.toContain('DROP');
  expect(Object.values(params).flat()).toContain(hostile);
  // Bound by the server it stays apart; bound as a literal it is one quoted text.
  expect(bindForServer(sql, params).sql).not.toContain('DROP');
  const literals = bindAsLiterals(sql, params).replace(/'(?:[^'\\]|\\.)*'/g, "''");
  expect(literals).not.toContain('DROP');
});

test('every parameter in the SQL has a value and every value is used', () => {
  for (const query of [
    {},
    { q: 'x' },
    { q: 'a'.repeat(32) },
    { attr: ['a=b'] },
    { status: 'ok' },
    { minDurationMs: '3' },
  ]) {
    const { sql, params } = compose(query);
    const used = new Set([...sql.matchAll(/\{(\w+):/g)].map((match) => match[1]));
    expect([...used].filter((name) => params[name as string] === undefined)).toEqual([]);
    expect(Object.keys(params).filter((name) => !used.has(name) && name !== 'silentSinceMs')).toEqual([]);
  }
});

test('a look at the newest copies of some runs, for text and attributes', () => {
  const ask = (query: Record<string, unknown>) =>
    composeVerification('default', runQuerySchema.parse(query) as RunQuery, ['a'.repeat(32)], {
      services: ['shop'],
      buckets: [1_795_172_400],
    });
  expect(ask({ agent: 'a' })).toBeNull();
  expect(ask({ q: "it's", attr: ['k=v', 'key=a=b'] })).toMatchSnapshot();
});
