// ClickHouse's HTTP interface in front of the embedded engine, so that the HTTP half of storage is tested with a real
// HTTP client, real SQL and real parameter binding on a machine without a ClickHouse server. Only for tests: it speaks
// what clients use (https://clickhouse.com/docs/interfaces/http), and with CLICKHOUSE_URL set nothing of it runs.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Session } from 'chdb';
import { quote } from '#storage/bind';

export interface ClickHouseHttp {
  readonly url: string;
  /** Requests answered so far, as `POST insert` and the like, for tests of what goes over the wire. */
  readonly seen: { method: string; query: string; gzip: boolean; bodyBytes: number }[];
  close(): Promise<void>;
}

/** URL parameters that say how to answer; all others are settings of the query. */
const NOT_SETTINGS = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'session_id',
  'user',
  'password',
  'role',
]);
const HTTP_SETTINGS = /^(enable_http_compression|wait_end_of_query|send_progress_in_http_headers|http_.*)$/;
const STATUS_OF_CODE: Readonly<Record<number, number>> = {
  60: 404,
  81: 404,
  62: 400,
  36: 400,
  47: 400,
  516: 403,
  164: 403,
};
const AUTHENTICATION_FAILED = 516;
const READONLY = 164;

class EngineError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Listens on a free port. @param password when given, user `default` must send it */
export async function startClickHouseHttp(password = ''): Promise<ClickHouseHttp> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-clickhouse-'));
  const engine = join(folder, 'engine');
  // Keeps the engine open between requests; each request has a session of its own, so no setting outlives it.
  const keeper = new Session(engine);
  const seen: ClickHouseHttp['seen'] = [];
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const one = handle(request, response).finally(() => running.delete(one));
    running.add(one);
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/ping') return void response.end('Ok.\n');
    const queryId = url.searchParams.get('query_id') ?? randomUUID();
    response.setHeader('X-ClickHouse-Query-Id', queryId);
    try {
      authenticate(request, url, password);
      const gzip = request.headers['content-encoding'] === 'gzip';
      const sent = await bodyOf(request);
      const body = gzip ? gunzipSync(sent) : sent;
      const given = url.searchParams.get('query');
      const query = (given ?? body.toString()).trim().replace(/;$/, '');
      seen.push({ method: request.method ?? '', query, gzip, bodyBytes: sent.length });
      if (request.method === 'GET' && !/^(SELECT|SHOW|WITH|EXPLAIN|DESCRIBE)\b/i.test(query)) {
        throw new EngineError(READONLY, 'Cannot execute query in readonly mode. (READONLY)');
      }
      const result = await run(url, query, given === null ? null : body);
      answer(request, response, url, query, result);
    } catch (error) {
      const { code, message } = engineError(error);
      response.writeHead(STATUS_OF_CODE[code] ?? 500, { 'X-ClickHouse-Exception-Code': code });
      response.end(`Code: ${code}. DB::Exception: ${message} (version 26.7.2.1)\n`);
    }
  }

  async function run(url: URL, query: string, data: Buffer | null): Promise<Uint8Array> {
    const file = join(folder, `${randomUUID()}.data`);
    const session = new Session(engine);
    try {
      let sql = query;
      if (data !== null && data.length > 0) {
        // Inline data may hold `\n\n`, after which the embedded engine would run the rest as SQL. A file is not parsed.
        await writeFile(file, data);
        sql = query.replace(/^(INSERT\s+INTO\s+[^\s(]+(?:\s*\([^)]*\))?)/i, `$1 FROM INFILE ${quote(file)} `);
      }
      const format = url.searchParams.get('default_format') ?? 'TabSeparated';
      return (await session.queryAsync([...preamble(url), sql].join('; '), { format })).bytes();
    } finally {
      session.close();
      await unlink(file).catch(() => undefined);
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(running);
      keeper.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Database, parameters (escaped as in TSV, which is how the engine reads a parameter too) and settings of the request. */
function preamble(url: URL): string[] {
  const statements: string[] = [];
  const database = url.searchParams.get('database');
  if (database !== null) statements.push(`USE \`${database.replaceAll('`', '``')}\``);
  for (const [name, value] of url.searchParams) {
    if (NOT_SETTINGS.has(name) || HTTP_SETTINGS.test(name)) continue;
    if (!/^\w+$/.test(name)) throw new EngineError(115, `Unknown setting '${name}'. (UNKNOWN_SETTING)`);
    statements.push(`SET ${name} = ${quote(value)}`);
  }
  return statements;
}

function answer(request: IncomingMessage, response: ServerResponse, url: URL, query: string, result: Uint8Array): void {
  const format = /\bFORMAT\s+(\w+)\s*$/i.exec(query)?.[1] ?? url.searchParams.get('default_format') ?? 'TabSeparated';
  const summary = {
    read_rows: '0',
    read_bytes: '0',
    written_rows: '0',
    written_bytes: '0',
    result_rows: '0',
    result_bytes: '0',
    elapsed_ns: '0',
  };
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary));
  response.setHeader(
    'Content-Type',
    format.startsWith('JSON') ? 'application/x-ndjson; charset=UTF-8' : 'text/plain; charset=UTF-8',
  );
  const wanted = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (wanted && url.searchParams.get('enable_http_compression') === '1') {
    response.setHeader('Content-Encoding', 'gzip');
    response.end(gzipSync(result));
  } else response.end(result);
}

function authenticate(request: IncomingMessage, url: URL, password: string): void {
  if (password === '') return;
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const [, fromBasic] = Buffer.from(basic, 'base64').toString().split(/:(.*)/s);
  const given = request.headers['x-clickhouse-key'] ?? url.searchParams.get('password') ?? fromBasic;
  if (given === password) return;
  throw new EngineError(
    AUTHENTICATION_FAILED,
    'default: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)',
  );
}

function engineError(error: unknown): { code: number; message: string } {
  if (error instanceof EngineError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const [, code = '1002', message = text] = /Code: (\d+)\. DB::Exception: (.*)/s.exec(text) ?? [];
  return { code: Number(code), message };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
