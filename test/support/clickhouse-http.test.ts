import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouseHttp, startClickHouseHttp } from './clickhouse-http.ts';

let server: ClickHouseHttp;
beforeAll(async () => {
  server = await startClickHouseHttp();
});
afterAll(() => server.close());

const ask = (params: Record<string, string>, init: RequestInit = {}) =>
  fetch(`${server.url}/?${new URLSearchParams(params)}`, { method: 'POST', ...init });
const run = async (query: string, params: Record<string, string> = {}) => (await ask(params, { body: query })).text();

test('ping answers', async () => {
  expect(await (await fetch(`${server.url}/ping`)).text()).toBe('Ok.\n');
});

test('the query comes in the body or in the address, by POST or GET', async () => {
  expect(await run('SELECT 1 + 1')).toBe('2\n');
  expect(await (await ask({ query: 'SELECT 3' })).text()).toBe('3\n');
  const got = await fetch(`${server.url}/?query=SELECT%204`);
  expect(await got.text()).toBe('4\n');
  expect(got.headers.get('x-clickhouse-query-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(got.headers.get('x-clickhouse-summary')).toContain('read_rows');
});

test('GET changes nothing', async () => {
  const response = await fetch(`${server.url}/?query=CREATE%20DATABASE%20x`);
  expect(response.status).toBe(403);
  expect(response.headers.get('x-clickhouse-exception-code')).toBe('164');
});

test('formats: from the query, by default_format, else TabSeparated', async () => {
  expect(await run('SELECT 1 AS a FORMAT JSONEachRow')).toBe('{"a":1}\n');
  const response = await ask({ default_format: 'JSONCompactEachRow' }, { body: 'SELECT 1 AS a' });
  expect(response.headers.get('x-clickhouse-format')).toBe('JSONCompactEachRow');
  expect(await response.text()).toBe('[1]\n');
});

test('parameters are bound by the engine, escaped as ClickHouse has it', async () => {
  expect(
    await run('SELECT length({a:String}), {b:UInt64} FORMAT TSV', {
      param_a: "x\\n'\\\\",
      param_b: '18446744073709551615',
    }),
  ).toBe('4\t18446744073709551615\n');
  expect(await run('SELECT {a:Array(String)} FORMAT JSONCompactEachRow', { param_a: "['x','y\\'z']" })).toBe(
    `[["x","y'z"]]\n`,
  );
});

test('settings and the database belong to one request only', async () => {
  await run('CREATE DATABASE other');
  expect(
    await run("SELECT currentDatabase(), getSetting('max_threads')", { database: 'other', max_threads: '1' }),
  ).toBe('other\t1\n');
  expect(await run("SELECT currentDatabase(), getSetting('max_threads') = 1")).toBe('default\t0\n');
});

test('inserts take their data from the body, binary and gzip too, and blank lines in it are data', async () => {
  await run('CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a');
  const data = '{"a":"x"}\n\n\nDROP TABLE t\n';
  const refused = await ask({ query: 'INSERT INTO t FORMAT JSONEachRow' }, { body: data });
  expect(refused.ok).toBe(false);
  await ask(
    { query: 'INSERT INTO t FORMAT JSONEachRow' },
    { body: gzipSync('{"a":"y"}\n\n'), headers: { 'content-encoding': 'gzip' } },
  );
  const native = Buffer.from(
    await (await ask({ query: "SELECT 'z\n\nDROP TABLE t' AS a FORMAT Native" })).arrayBuffer(),
  );
  expect((await ask({ query: 'INSERT INTO t FORMAT Native' }, { body: native })).status).toBe(200);
  expect(await run('SELECT a FROM t ORDER BY a')).toBe('y\nz\\n\\nDROP TABLE t\n');
});

test('answers are gzipped when the client asks for it', async () => {
  const response = await ask(
    { enable_http_compression: '1' },
    { body: 'SELECT 5', headers: { 'accept-encoding': 'gzip' } },
  );
  expect(response.headers.get('content-encoding')).toBe('gzip');
  expect(await response.text()).toBe('5\n');
});

test('errors carry the code in a header and the text that clients parse', async () => {
  const missing = await ask({}, { body: 'SELECT * FROM nowhere' });
  expect(missing.status).toBe(404);
  expect(missing.headers.get('x-clickhouse-exception-code')).toBe('60');
  expect(await missing.text()).toMatch(/^Code: 60\. DB::Exception: .*UNKNOWN_TABLE/s);
  expect((await ask({}, { body: 'SELEC' })).status).toBe(400);
  expect((await ask({}, { body: "SELECT throwIf(1, 'no')" })).status).toBe(500);
  expect((await ask({ database: 'absent' }, { body: 'SELECT 1' })).status).toBe(404);
});
