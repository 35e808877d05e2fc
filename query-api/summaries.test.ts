// Summaries and sessions over HTTP, on a real engine.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { API, errorReplySchema } from '#contracts/api';
import { textOf } from '#domain/run/story/words';
import { openStores } from '#storage/stores';
import { summarizeDueRuns } from '../alerting/summaries/summarize-runs.ts';
import { startTestApi, type TestApi } from '../test/support/query-api.ts';
import { at, id, insertSpans, NOW_MS, SECOND, span } from '../test/support/span-rows.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ publicUrl: 'https://telltale.example' });
  const turn = (trace: number, startS: number, over: Record<string, unknown> = {}) =>
    span(trace, 1, {
      name: 'desk',
      agent: 'refund-desk',
      kind: 'agent',
      session_id: 's 1/ä',
      user_id: 'u-7',
      start_time: at(startS * SECOND),
      cost_usd: 0.25,
      ...over,
    });
  await insertSpans(api.db, [
    turn(1, 0, { input: '{"message":"Where is my lamp?"}', output: 'It left yesterday.' }),
    turn(2, 60, { is_error: 1, error_type: 'ValueError', error_message: 'no order id', tokens_in: '12' }),
    turn(3, 120, { parent_span_id: id(9, 16), session_id: 's-2' }),
    // Sent again under another session: it is no longer of this one.
    turn(4, 30, { session_id: 's-3' }),
    turn(4, 30, { session_id: 's-4', received_at: at(SECOND).slice(0, 23) }),
  ]);
});
afterAll(() => api.close());

const code = (body: unknown) => errorReplySchema.parse(body).error.code;
const summaryOf = async (trace: number) =>
  API.getSummary.reply.parse((await api.get(`/api/traces/${id(trace, 32)}/summary`)).body);

test('a run has a summary at once, each sentence with its spans, and the facts behind it', async () => {
  const { summary, facts } = await summaryOf(1);
  expect(summary).toMatchObject({ kind: 'template', outcome: 'ok', writtenAt: null });
  expect(summary.sentences.map(textOf)).toEqual([
    'refund-desk was asked: “Where is my lamp?”',
    'It answered: “It left yesterday.”',
    'The run finished in 1 ms, and cost $0.2500.',
  ]);
  expect(summary.sentences.map(({ spanIds }) => spanIds)).toEqual(Array(3).fill([id(1, 16)]));
  expect(facts).toMatchObject({ outcome: 'ok', asked: { text: 'Where is my lamp?' }, spanCount: 1 });
  const trace = API.getTrace.reply.parse((await api.get(`/api/traces/${id(1, 32)}`)).body);
  expect(trace.summary).toEqual(summary);
  expect(trace.run.headline).toBe(summary.headline);
});

test('POST writes it again; of a run that has not ended nothing is stored', async () => {
  const post = (trace: number) => fetch(`${api.url}/api/traces/${id(trace, 32)}/summary`, { method: 'POST' });
  const done = await post(2);
  expect(done.status).toBe(200);
  const reply = API.redoSummary.reply.parse(await done.json());
  expect(reply.summary).toMatchObject({ outcome: 'failed', writtenAt: new Date(NOW_MS).toISOString() });
  expect((await summaryOf(2)).summary.writtenAt).toBe(reply.summary.writtenAt);
  const running = API.redoSummary.reply.parse(await (await post(3)).json());
  expect(running.summary).toMatchObject({ outcome: 'running', writtenAt: null });
});

test('what is not there is a 404 that says what to do', async () => {
  for (const method of ['GET', 'POST']) {
    const reply = await fetch(`${api.url}/api/traces/${id(77, 32)}/summary`, { method });
    expect([reply.status, code(await reply.json())]).toEqual([404, 'trace_not_found']);
  }
  const session = await api.get('/api/sessions/none');
  expect([session.status, code(session.body)]).toEqual([404, 'session_not_found']);
});

test('words of a stored summary are found, whether or not any span has them', async () => {
  const found = async (q: string) =>
    API.listRuns.reply
      .parse((await api.get(`/api/runs?q=${encodeURIComponent(q)}`)).body)
      .runs.map((run) => run.traceId);
  expect(await found('finished in 1 ms')).toEqual([]);
  await summarizeDueRuns(
    { db: api.db, projectId: 'default', ...openStores(api.db, 'default'), isStopping: () => false },
    NOW_MS + 1000,
  );
  expect(await found('FINISHED in 1 ms')).toContain(id(1, 32));
  expect(await found('failed: ValueError')).toEqual([id(2, 32)]);
  expect(await found('was asked: “Where')).toEqual([id(1, 32)]);
  expect(await found('finished in 2 ms')).toEqual([]);
});

test('sessions come with the figures of their runs, the latest first, page by page', async () => {
  const page = API.listSessions.reply.parse((await api.get('/api/sessions')).body);
  expect(page.sessions.map(({ sessionId, runCount }) => [sessionId, runCount])).toEqual([
    ['s-2', 1],
    ['s 1/ä', 2],
    ['s-4', 1],
  ]);
  expect(page.sessions[1]).toMatchObject({
    userId: 'u-7',
    agents: ['refund-desk'],
    statuses: { ok: 1, error: 1, running: 0, stalled: 0 },
    startTime: '2026-11-20T12:00:00.000000000Z',
    endTime: '2026-11-20T12:01:00.001000000Z',
    costUsd: 0.5,
    tokensIn: 12,
    tokensOut: null,
    lastRun: { traceId: id(2, 32), status: 'error', headline: 'refund-desk failed: ValueError: no order id' },
    truncated: false,
  });
  const first = API.listSessions.reply.parse((await api.get('/api/sessions?limit=1')).body);
  const next = await api.get(`/api/sessions?limit=1&cursor=${first.nextCursor}`);
  expect(API.listSessions.reply.parse(next.body).sessions[0]?.sessionId).toBe('s 1/ä');
  const asked = async (query: string) =>
    API.listSessions.reply.parse((await api.get(`/api/sessions?${query}`)).body).sessions.map((s) => s.sessionId);
  expect(await asked('q=1%2F%C3%A4')).toEqual(['s 1/ä']);
  expect(await asked('userId=nobody')).toEqual([]);
  expect(await asked(`from=${NOW_MS + 90_000}`)).toEqual(['s-2']);
  expect(code((await api.get('/api/sessions?cursor=no')).body)).toBe('bad_request');
  expect(code((await api.get('/api/sessions?agents=x')).body)).toBe('bad_request');
});

test('one session has its runs in order, each with its summary', async () => {
  const { body } = await api.get(`/api/sessions/${encodeURIComponent('s 1/ä')}`);
  const { session, runs } = API.getSession.reply.parse(body);
  expect(session.runCount).toBe(2);
  expect(runs.map(({ run, summary }) => [run.traceId, summary.outcome])).toEqual([
    [id(1, 32), 'ok'],
    [id(2, 32), 'failed'],
  ]);
  expect((await api.get('/api/sessions/s-3')).status).toBe(404);
});
