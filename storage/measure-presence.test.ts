// Sources of measures that have nothing, against the real engine. That none is called absent which has
// something is held by every case of read-measures.test.ts.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { id, insertSpans, openTestDatabase } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readPresentSources } from './measure-presence.ts';
import { MEASURE_SOURCES } from './measure-sources.ts';
import { readMeasureFacts, readSlices } from './read-measures.ts';

const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const MINUTE = 60_000;

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

const present = async (fromMin: number, toMin: number) => [
  ...(await readPresentSources(db, 'p', NOON + fromMin * MINUTE, NOON + toMin * MINUTE)),
];
/** A step below a root, received `minutes` after noon. */
function step(trace: number, minutes: number, over: Readonly<Record<string, unknown>>) {
  const received = new Date(NOON + minutes * MINUTE).toISOString().replace('T', ' ').replace('Z', '');
  return {
    project_id: 'p',
    trace_id: id(trace, 32),
    span_id: id(2, 16),
    parent_span_id: id(1, 16),
    received_at: received,
    start_time: received,
    duration_ns: '1000',
    name: 'work',
    kind: 'tool',
    service: 'shop',
    ...over,
  };
}

it('what has nothing is absent', async () => {
  expect(await present(0, 60)).toEqual([]);
  await insertSpans(db, [
    step(1, 1, { parent_span_id: id(0, 16) }),
    step(1, 5, { marks: ['dead_letter: payments'] }),
    step(2, 7, { cost_usd: 0 }),
    step(3, 9, { kind: 'decision', decision_name: 'refund' }),
  ]);
  expect(await present(0, 1)).toEqual(['runs', 'escalations']);
  expect(await present(1, 5)).toEqual(['dead_letters']);
  expect(await present(5, 60)).toEqual(['decisions', 'cost']);
  expect(await present(9, 60)).toEqual([]);
});

it.each(MEASURE_SOURCES)('%s: nothing is an empty list', async (source) => {
  const range = { source, where: {}, fromMs: NOON, toMs: NOON + 60 * MINUTE };
  expect(await readSlices(db, 'nobody', range, 5 * MINUTE)).toEqual([]);
  const query = { ...range, subject: 'x', limit: 0, byAmount: false };
  expect(await readMeasureFacts(db, 'nobody', query)).toMatchObject({ count: 0, hits: 0, exampleTraceIds: [] });
});
