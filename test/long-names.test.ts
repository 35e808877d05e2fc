// Names of any length that a sender gives, through the whole collector, read as the API reads them.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patternQuerySchema } from '#contracts/pattern-query';
import { runQuerySchema, sessionQuerySchema } from '#contracts/search';
import { MAX_NAME_BYTES, storedName } from '#storage/native/cut-name';
import { readStrayLogs } from '#storage/read-logs';
import { readSession, readSessions } from '#storage/read-sessions';
import { readSpan } from '#storage/read-span';
import { readTrace } from '#storage/read-trace';
import { searchRuns } from '#storage/search-runs';
import { type OtlpServer, openOtlpServer, span, TRACE } from './support/otlp-server.ts';

let server: OtlpServer;
beforeAll(async () => {
  server = await openOtlpServer();
});
afterAll(() => server.close());

const NOW_MS = 1795386400000;
const long = (name: string, bytes = 60_000) => name + 'é'.repeat((bytes - name.length) / 2);
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const NAMES = {
  'gen_ai.agent.name': long('agent'),
  'gen_ai.request.model': long('model'),
  'gen_ai.provider.name': long('provider'),
  'session.id': long('session'),
  'user.id': long('user'),
  'telltale.decision.name': long('decision'),
  'telltale.decision.choice': long('choice'),
  'telltale.decision.confidence_source': long('source'),
  'telltale.decision.outcome': long('outcome'),
  'telltale.escalation.target': long('target'),
  'gen_ai.tool.call.id': long('call'),
  'error.type': long('error'),
};
const SERVICE = long('service');

async function post(traceId: string, over: Record<string, unknown> = {}): Promise<void> {
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', SERVICE), text('service.version', long('version'))] },
        scopeSpans: [
          {
            scope: { name: long('scope'), version: long('scope version') },
            spans: [
              span({
                traceId,
                name: long('name'),
                attributes: [
                  ...Object.entries(NAMES).map(([key, value]) => text(key, value)),
                  {
                    key: 'telltale.decision.options',
                    value: { arrayValue: { values: [{ stringValue: long('choice') }, { stringValue: 'other' }] } },
                  },
                ],
                ...over,
              }),
            ],
          },
        ],
      },
    ],
  };
  expect((await server.post(JSON.stringify(body))).status).toBe(200);
}

const NAME_COLUMNS = `name, service, service_version, agent, agent_version, session_id, user_id, error_type, model, provider,
  tool_name, tool_call_id, decision_name, decision_choice, decision_confidence_source, decision_outcome,
  escalation_target, stop_reason, scope_name, scope_version`;

it('keeps the beginning and a hash of each, in every column that is a name, and counts them', async () => {
  const before = server.collector.redaction.cutNames;
  await post(TRACE);
  const [row] = await server.db.query<Record<string, string>>(`SELECT ${NAME_COLUMNS} FROM spans`);
  const lengths = Object.values(row ?? {}).map((name) => Buffer.byteLength(name));
  expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_NAME_BYTES);
  expect(row).toMatchObject({ service: storedName(SERVICE), decision_choice: storedName(long('choice')) });
  const cut = lengths.filter((length) => length > 200).length;
  expect(cut).toBeGreaterThanOrEqual(14);
  // Options are names too; the error type has a bound of its own.
  expect(server.collector.redaction.cutNames - before).toBeGreaterThanOrEqual(cut);
});

it('keeps the whole of what came as an attribute, and the choice one of the options', async () => {
  const detail = await readSpan(server.db, 'default', TRACE, '00f067aa0ba902b7');
  expect(detail?.attributes['gen_ai.agent.name']).toBe(NAMES['gen_ai.agent.name']);
  expect(detail?.resource['service.name']).toBe(SERVICE);
  expect(detail?.decision?.options).toContain(detail?.decision?.choice);
});

it('shows such a run in the list, on its page and in its session, and finds it by the whole name', async () => {
  const filters = [
    { agent: NAMES['gen_ai.agent.name'] },
    { service: SERVICE },
    { model: NAMES['gen_ai.request.model'] },
    { sessionId: NAMES['session.id'] },
    { userId: NAMES['user.id'] },
  ];
  for (const filter of [{}, ...filters]) {
    // As the API parses it, but for the length of the address.
    const query = {
      ...runQuerySchema.parse({}),
      ...Object.fromEntries(Object.entries(filter).map(([k, v]) => [k, [v]])),
    };
    expect((await searchRuns(server.db, 'default', query, NOW_MS)).runs.map(({ traceId }) => traceId)).toEqual([TRACE]);
  }
  expect((await readTrace(server.db, 'default', TRACE, NOW_MS))?.spanCount).toBe(1);
  const { sessions } = await readSessions(server.db, 'default', sessionQuerySchema.parse({}), NOW_MS);
  expect(sessions.map(({ sessionId }) => sessionId)).toEqual([storedName(NAMES['session.id'])]);
  for (const id of [NAMES['session.id'], storedName(NAMES['session.id'])]) {
    expect((await readSession(server.db, 'default', id, NOW_MS))?.runs).toHaveLength(1);
  }
});

it('distinguishes two names that differ in their last character', async () => {
  const other = 'b'.repeat(32);
  await post(other, { name: `${long('name')}!`, attributes: [text('session.id', `${long('session')}!`)] });
  const rows = await server.db.query<{ name: string; session_id: string }>(
    'SELECT DISTINCT name, session_id FROM spans',
  );
  expect(new Set(rows.map(({ name }) => name)).size).toBe(2);
  expect(new Set(rows.map((row) => row.session_id)).size).toBe(2);
});

it('holds for log records as well', async () => {
  const body = {
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', SERVICE)] },
        scopeLogs: [
          {
            scope: { name: long('scope') },
            logRecords: [
              { timeUnixNano: '1795386336183500000', eventName: long('event'), severityText: long('severity') },
            ],
          },
        ],
      },
    ],
  };
  expect((await server.post(JSON.stringify(body), {}, '/v1/logs')).status).toBe(200);
  const [row] = await server.db.query<Record<string, string>>(
    'SELECT service, scope_name, event_name, severity_text FROM logs',
  );
  for (const name of Object.values(row ?? { none: long('none') })) {
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(MAX_NAME_BYTES);
  }
  const { logs } = await readStrayLogs(server.db, 'default', { service: [SERVICE] });
  expect(logs).toHaveLength(1);
});

it.each([
  ['many characters', long('kind of error')],
  ['few characters of many bytes', '漢'.repeat(180)],
  ['a hash that ends beyond the characters that are kept', `${'é'.repeat(199 - 57)}${'𝄞'.repeat(58)}`],
])('finds a run by its error type, whole or as it is stored: %s', async (_, errorType) => {
  const traceId = createHash('md5').update(errorType).digest('hex');
  await post(traceId, { attributes: [text('error.type', errorType)] });
  const [row] = await server.db.query<{ stored: string }>(
    'SELECT error_type AS stored FROM spans WHERE trace_id = unhex({traceId:String})',
    { traceId },
  );
  const stored = row?.stored as string;
  expect(stored).not.toBe(errorType);
  for (const asked of [errorType, stored]) {
    const query = { ...runQuerySchema.parse({ errorType: stored }), errorType: [asked] };
    expect((await searchRuns(server.db, 'default', query, NOW_MS)).runs.map((run) => run.traceId)).toEqual([traceId]);
  }
});

it('takes filters as long as the names that are stored', () => {
  const longest = 'x'.repeat(4096);
  expect(runQuerySchema.parse({ errorType: longest }).errorType).toEqual([longest]);
  for (const filter of ['agent', 'service', 'errorType', 'tool', 'model', 'version']) {
    expect(patternQuerySchema.parse({ [filter]: longest })).toMatchObject({ [filter]: [longest] });
  }
});
