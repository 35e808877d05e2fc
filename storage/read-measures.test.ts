// Every source of measures against the real engine.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binAmount } from '#domain/rule/amount-bins';
import { id, insertSpans, openTestDatabase, type TestSpan } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readPresentSources } from './measure-presence.ts';
import type { MeasureSource } from './measure-sources.ts';
import { storedName } from './native/cut-name.ts';
import { type MeasureScope, readMeasureFacts, readSlices } from './read-measures.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let db: Database;
let close: () => Promise<void>;
let projects = 0;
const newProject = () => `measures-${++projects}`;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

const time = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
/** Received `minutes` after noon, ended just before. */
function span(project: string, trace: number, minutes: number, over: Readonly<Record<string, unknown>> = {}): TestSpan {
  const atMs = NOON + minutes * MINUTE;
  return {
    project_id: project,
    trace_id: id(trace, 32),
    span_id: id(1, 16),
    parent_span_id: id(0, 16),
    received_at: time(atMs),
    start_time: time(atMs - 1000),
    duration_ns: '900000000',
    name: 'work',
    kind: 'agent',
    service: 'shop',
    service_version: 'v1',
    agent: 'desk',
    ...over,
  };
}
const failed = { is_error: 1, error_type: 'Timeout', status_code: 2 };
const below = { parent_span_id: id(1, 16), span_id: id(2, 16) };

async function read(project: string, source: MeasureSource, where: MeasureScope = {}, fromMin = 0, toMin = 60) {
  const range = { source, where, fromMs: NOON + fromMin * MINUTE, toMs: NOON + toMin * MINUTE };
  const slices = await readSlices(db, project, range, 5 * MINUTE);
  const present = await readPresentSources(db, project, range.fromMs, range.toMs);
  expect(slices.length === 0 || present.has(source)).toBe(true);
  return slices;
}
/** `subject @minutes hits/count` */
const brief = async (...of: Parameters<typeof read>) =>
  (await read(...of)).map(({ subject, atMs, count, hits }) => `${subject} @${(atMs - NOON) / MINUTE} ${hits}/${count}`);
const facts = (project: string, source: MeasureSource, subject: string, limit = 0, byAmount = false) =>
  readMeasureFacts(db, project, { source, where: {}, fromMs: NOON, toMs: NOON + HOUR, subject, limit, byAmount });

describe('runs', () => {
  it('are found by a name that is stored cut', async () => {
    const project = newProject();
    const long = '漢'.repeat(190);
    const stored = { agent: storedName(long), service: storedName(`${long}s`), error_type: storedName(`${long}e`) };
    await insertSpans(db, [span(project, 1, 1, { ...failed, ...stored })]);
    const where = { agents: [long], services: [`${long}s`], errorTypes: [`${long}e`] };
    expect(await brief(project, 'runs', where)).toEqual([`${stored.agent} @5 1/1`]);
  });

  it('count when their root comes in, by agent or else service, in slices that begin after and end with a full time', async () => {
    const project = newProject();
    await insertSpans(db, [
      span(project, 1, 0),
      span(project, 2, 1, failed),
      span(project, 3, 5),
      span(project, 4, 6, { agent: '', ...failed }),
      span(project, 5, 7, { ...failed, ...below }),
      span(project, 6, 61),
    ]);
    expect((await brief(project, 'runs')).sort()).toEqual(['desk @5 1/2', 'shop @10 1/1']);
    expect(await brief(project, 'runs', {}, -5, 0)).toEqual(['desk @0 0/1']);
  });

  it('count once and by their newest copy, before and after the engine has merged the copies', async () => {
    const project = newProject();
    await insertSpans(db, [span(project, 1, 1, failed)]);
    await insertSpans(db, [span(project, 1, 3, { start_time: time(NOON + MINUTE - 1000) })]);
    expect(await brief(project, 'runs')).toEqual(['desk @5 0/1']);
    await db.command('OPTIMIZE TABLE spans FINAL');
    expect(await brief(project, 'runs')).toEqual(['desk @5 0/1']);
  });

  it('that came in more than two hours late are history', async () => {
    const project = newProject();
    await insertSpans(db, [
      span(project, 1, 5, { start_time: time(NOON - 3 * HOUR) }),
      span(project, 2, 5, { start_time: time(NOON - 1.5 * HOUR) }),
    ]);
    expect(await brief(project, 'runs')).toEqual(['desk @5 0/1']);
  });

  it('are narrowed by agent, service and error type', async () => {
    const project = newProject();
    await insertSpans(db, [
      span(project, 1, 1, failed),
      span(project, 2, 1, { agent: 'clerk', ...failed, error_type: 'Refused' }),
      span(project, 3, 1, { agent: "o'brien\\", service: 'bank' }),
    ]);
    expect(await brief(project, 'runs', { agents: ['clerk', "o'brien\\"] })).toHaveLength(2);
    expect(await brief(project, 'runs', { services: ['bank'] })).toEqual(["o'brien\\ @5 0/1"]);
    expect((await brief(project, 'runs', { errorTypes: ['Refused'], services: ['shop'] })).sort()).toEqual([
      'clerk @5 1/1',
      'desk @5 0/1',
    ]);
  });

  it('give how long they took, within a twentieth', async () => {
    const project = newProject();
    await insertSpans(db, [
      ...[1, 2, 3].map((trace) => span(project, trace, 1, { duration_ns: '2000000000' })),
      span(project, 4, 1, { duration_ns: '9000000000' }),
      span(project, 5, 1, { duration_ns: '0' }),
    ]);
    const [slice] = await read(project, 'runs');
    const shape = slice?.bins.map(([bin, count]) => [binAmount(bin), count]);
    expect(shape?.map(([, count]) => count)).toEqual([1, 3, 1]);
    for (const [i, ms] of [1, 2000, 9000].entries()) {
      expect(shape?.[i]?.[0]).toBeGreaterThan(ms);
      expect(shape?.[i]?.[0]).toBeLessThanOrEqual(ms * 1.1025);
    }
    await insertSpans(db, [span(project, 6, 1, { ...failed, duration_ns: '9500000000' })]);
    expect(await read(project, 'runs')).toHaveLength(1);
  });

  it('give the newest of those that matter as examples', async () => {
    const project = newProject();
    await insertSpans(db, [
      ...[1, 2, 3, 4, 5, 6, 7].map((trace) =>
        span(project, trace, trace, { ...failed, service_version: `v${trace % 2}` }),
      ),
      span(project, 8, 8),
      span(project, 9, 3, { agent: 'clerk', ...failed }),
    ]);
    expect(await facts(project, 'runs', 'desk')).toEqual({
      count: 8,
      hits: 7,
      traces: 7,
      agents: ['desk'],
      versions: ['v0', 'v1'],
      tools: [],
      models: [],
      step: 'work',
      errorType: 'Timeout',
      note: '',
      firstMs: NOON + MINUTE,
      lastMs: NOON + 7 * MINUTE,
      exampleTraceIds: [7, 6, 5, 4, 3].map((trace) => id(trace, 32)),
    });
  });
});

it('escalations are runs in which a step was handed to a person, not to another agent', async () => {
  const project = newProject();
  await insertSpans(db, [
    ...[1, 2, 3, 4].map((trace) => span(project, trace, 6)),
    span(project, 1, 4, { ...below, kind: 'escalation', escalation_target: 'team' }),
    span(project, 2, -20, { ...below, kind: 'decision', decision_name: 'route', decision_outcome: 'escalated' }),
    span(project, 3, 5, { ...below, kind: 'handoff', escalation_target: 'clerk' }),
  ]);
  expect(await brief(project, 'escalations')).toEqual(['desk @10 2/4']);
});

it('decisions count below their threshold, per name and source of confidence, by their newest copy', async () => {
  const project = newProject();
  const decide = (trace: number, confidence: number | null, over: Readonly<Record<string, unknown>> = {}) =>
    span(project, trace, 1, {
      ...below,
      kind: 'decision',
      decision_name: 'route',
      decision_confidence: confidence,
      decision_confidence_source: 'logprobs',
      decision_threshold: 0.7,
      ...over,
    });
  await insertSpans(db, [
    decide(1, 0.69),
    decide(2, 0.7),
    decide(3, null),
    decide(4, 0.2, { decision_threshold: null }),
    decide(5, 0.2, { decision_confidence_source: 'self_reported' }),
    decide(6, 0.2, { decision_name: 'refund', decision_confidence_source: '' }),
    decide(7, 0.2),
  ]);
  await insertSpans(db, [decide(7, 0.9, { received_at: time(NOON + 2 * MINUTE) })]);
  expect((await brief(project, 'decisions')).sort()).toEqual([
    'refund (unnamed source) @5 1/1',
    'route (logprobs) @5 1/3',
    'route (self_reported) @5 1/1',
  ]);
  expect(await brief(project, 'decisions', { decisions: ['refund'] })).toHaveLength(1);
});

it('marks are read from the newest copy of a step, with what they say', async () => {
  const project = newProject();
  await insertSpans(db, [
    span(project, 1, 1, {
      ...below,
      tool_name: 'pay',
      marks: ['retry: 3 of 3', 'dead_letter: card "refused"'],
      ...failed,
    }),
    span(project, 1, 2, {
      ...below,
      span_id: id(3, 16),
      marks: ['schema_changed: total missing', 'circuit: open bank'],
    }),
    span(project, 2, 2, { ...below, marks: ['circuit: half_open bank', 'constraint_failed: amountEur'] }),
    span(project, 3, 2, { ...below, marks: ['circuit: open'] }),
    span(project, 4, 2, { ...below, marks: ['dead_letter: gone'] }),
  ]);
  await insertSpans(db, [span(project, 4, 3, { ...below, start_time: time(NOON + 2 * MINUTE - 1000) })]);
  expect(await brief(project, 'dead_letters')).toEqual(['desk · pay @5 1/1']);
  expect(await brief(project, 'drift')).toEqual(['desk · work @5 1/1']);
  expect((await brief(project, 'circuits')).sort()).toEqual(['bank @5 1/1', 'desk · work @5 1/1']);
  expect(await facts(project, 'dead_letters', 'desk · pay')).toMatchObject({
    note: 'card "refused"',
    tools: ['pay'],
    step: 'pay',
    errorType: 'Timeout',
  });
});

it('cost is what steps report themselves: a parent that repeats its children is not counted', async () => {
  const project = newProject();
  const llm = { ...below, kind: 'llm', model: 'm1' };
  await insertSpans(db, [
    span(project, 1, 2, { cost_usd: 0.5 }),
    span(project, 1, 1, { ...llm, cost_usd: 0.2 }),
    span(project, 1, 1, { ...llm, span_id: id(3, 16), cost_usd: 0.3 }),
    span(project, 2, 1, { cost_usd: 0.4 }),
    span(project, 3, 1, { ...llm, cost_usd: 1 }),
    span(project, 3, 1, { ...llm, span_id: id(3, 16), parent_span_id: id(2, 16), cost_usd: 1 }),
    span(project, 4, 1, { ...llm, cost_usd: null }),
    span(project, 5, -1, { ...llm, cost_usd: 7 }),
    span(project, 5, 1, { cost_usd: 7 }),
  ]);
  const [slice, ...more] = await read(project, 'cost');
  expect(more).toEqual([]);
  expect(slice).toMatchObject({ subject: 'desk', count: 3 });
  expect(slice?.sum).toBeCloseTo(1.9, 9);
  const { exampleTraceIds, models } = await facts(project, 'cost', 'desk', 0, true);
  expect(exampleTraceIds[0]).toBe(id(3, 32));
  expect(models).toEqual(['m1']);
});

describe('lost runs', () => {
  const step = (project: string, trace: number, aliveMin: number, over: Readonly<Record<string, unknown>> = {}) => ({
    project_id: project,
    received_at: time(NOON + aliveMin * MINUTE - 40_000),
    trace: id(trace, 32),
    span: id(1, 16),
    start_time: time(NOON + aliveMin * MINUTE - 2 * MINUTE),
    alive_until: time(NOON + aliveMin * MINUTE),
    is_first: 0,
    is_waiting: 0,
    waiting_for: '',
    name: 'work',
    kind: 'agent',
    service: 'shop',
    agent: 'desk',
    ...over,
  });
  async function insertSteps(rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    await db.command(`CREATE TABLE IF NOT EXISTS steps_staging ENGINE = Null AS
      SELECT * EXCEPT (trace_id, span_id, parent_span_id), '' AS trace, '' AS span FROM open_steps LIMIT 0`);
    await db.command(`CREATE MATERIALIZED VIEW IF NOT EXISTS steps_from_staging TO open_steps AS
      SELECT * EXCEPT (trace, span), toFixedString(unhex(trace), 16) AS trace_id, toFixedString(unhex(span), 8) AS span_id
      FROM steps_staging`);
    await db.insertRows('steps_staging', rows);
  }

  it('fell silent and never ended; one that still gives signs of life, or whose end came, is not lost', async () => {
    const project = newProject();
    await insertSteps([
      step(project, 1, 6),
      step(project, 1, 2),
      step(project, 2, 6),
      step(project, 2, 70),
      step(project, 3, 6),
      step(project, 4, 6, { span: id(5, 16) }),
      step(project, 5, 6, { span: id(5, 16) }),
    ]);
    await insertSpans(db, [
      span(project, 3, 6),
      span(project, 4, 6),
      span(project, 5, 6, { span_id: id(5, 16), parent_span_id: id(9, 16) }),
    ]);
    expect(await brief(project, 'lost_runs')).toEqual(['desk @10 1/1']);
    expect((await facts(project, 'lost_runs', 'desk')).exampleTraceIds).toEqual([id(1, 32)]);
  });
});
