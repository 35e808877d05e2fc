// Requests of real OTLP clients, byte for byte, with the truth of what the programs did (test/fixtures/captures).
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { readTrace } from '#storage/read-trace';
import { decodeRequest, encodeRequest, type JsonRequest } from './support/otlp-proto.ts';
import { type OtlpServer, openOtlpServer } from './support/otlp-server.ts';

const FOLDER = new URL('./fixtures/captures/', import.meta.url);

interface Manifest {
  requests: {
    file: string;
    path: string;
    contentType: string;
    spans: number;
    traces: number;
    statusErrorSpans: number;
    spanNames: Record<string, number>;
  }[];
  truth: { inputTokensRecoverableFromPayload: number };
}
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}/manifest.json`, FOLDER), 'utf8')) as Manifest;
const bodyOf = (name: string, file: string) => readFileSync(new URL(`${name}/${file}`, FOLDER));

/** What kind each span name is, from reading the programs. */
const KINDS: Record<string, Record<string, string>> = {
  'openinference-openai-json': {
    refund_agent: 'agent',
    'OpenAI Chat Completions': 'llm',
    'OpenAI Responses': 'llm',
    'OpenAI Embeddings': 'embedding',
    lookup_order: 'tool',
    kb: 'retrieval',
    pii_guard: 'guardrail',
    judge: 'evaluator',
  },
  'otel-openai-env-json': {
    'invoke_agent refund': 'agent',
    'chat gpt-4o-mini': 'llm',
    'embeddings text-embedding-3-small': 'embedding',
    POST: 'other',
  },
  'traceloop-proto': {
    'refund_workflow.workflow': 'agent',
    'refund_agent.agent': 'agent',
    'lookup_order.tool': 'tool',
    'notify.task': 'other',
    'chat gpt-4o-mini': 'llm',
  },
  'vercel-ai6-json': {
    'ai.generateText.doGenerate': 'llm',
    'ai.streamText.doStream': 'llm',
    'ai.generateObject.doGenerate': 'llm',
    'ai.toolCall': 'tool',
    'ai.embedMany': 'embedding',
    'ai.embedMany.doEmbed': 'embedding',
    'ai.streamText': 'other',
    'ai.generateObject': 'other',
  },
};
const captures = readdirSync(FOLDER);

let server: OtlpServer;
let db: Database;
beforeAll(async () => {
  server = await openOtlpServer();
  db = server.db;
});
afterAll(() => server.close());

const post = (path: string, contentType: string, body: Buffer) =>
  server.post(body, { 'content-type': contentType }, path);
const clear = async () => {
  for (const table of ['spans', 'runs', 'errors', 'decisions', 'trace_index'])
    await db.command(`TRUNCATE TABLE ${table}`);
};

it('has four captures to test with', () => expect(captures).toHaveLength(4));

describe.each(captures)('%s', (name) => {
  const manifest = manifestOf(name);
  const request = manifest.requests[0]!;

  beforeAll(async () => {
    await clear();
    const reply = await post(request.path, request.contentType, bodyOf(name, request.file));
    expect(reply.status).toBe(200);
  });

  it('is stored span by span', async () => {
    const rows = await db.query<{ name: string; n: string }>('SELECT name, count() AS n FROM spans GROUP BY name');
    expect(Object.fromEntries(rows.map((row) => [row.name, Number(row.n)]))).toEqual(request.spanNames);
  });

  it('has the right kinds', async () => {
    const rows = await db.query<{ name: string; kinds: string[] }>(
      "SELECT name, groupUniqArray(CAST(kind, 'String')) AS kinds FROM spans GROUP BY name",
    );
    for (const row of rows) {
      // generateText is an agent where it called a tool, else a wrapper.
      if (row.name === 'ai.generateText') expect(row.kinds.sort()).toEqual(['agent', 'other']);
      else expect([row.name, row.kinds]).toEqual([row.name, [KINDS[name]?.[row.name]]]);
    }
  });

  it('has the input tokens that the program used, counted once', async () => {
    const traces = await db.query<{ id: string }>('SELECT DISTINCT lower(hex(trace_id)) AS id FROM spans');
    expect(traces).toHaveLength(request.traces);
    let tokens = 0;
    for (const { id } of traces) tokens += (await readTrace(db, 'default', id))?.run.tokensIn ?? 0;
    expect(tokens).toBe(manifest.truth.inputTokensRecoverableFromPayload);
  });

  it('has an error row for every failure in the payload', async () => {
    const [spans] = await db.query<{ n: string; named: string }>(
      "SELECT countIf(is_error) AS n, countIf(is_error AND error_type != '') AS named FROM spans",
    );
    const [errors] = await db.query<{ n: string }>('SELECT count() AS n FROM errors');
    expect(Number(spans?.n)).toBe(request.statusErrorSpans);
    expect(spans?.named).toBe(spans?.n);
    expect(errors?.n).toBe(spans?.n);
  });

  it('gives equal rows as JSON and as protobuf', async () => {
    const rows = () =>
      db.query('SELECT cityHash64(*) AS hash FROM (SELECT * EXCEPT received_at FROM spans) ORDER BY hash');
    const asSent = await rows();
    await clear();
    const body = bodyOf(name, request.file);
    const isJson = request.contentType === 'application/json';
    const other = isJson
      ? encodeRequest(JSON.parse(body.toString()) as JsonRequest)
      : Buffer.from(JSON.stringify(decodeRequest(body)));
    const reply = await post(request.path, isJson ? 'application/x-protobuf' : 'application/json', other);
    expect(reply.status).toBe(200);
    expect(await rows()).toEqual(asSent);
    expect(asSent).toHaveLength(request.spans);
  });
});
