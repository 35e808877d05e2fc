import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API } from '#contracts/api';
import { type QuarantineItem, SKIPPED_MAX_ROWS, type Skip, type Skipped } from '#contracts/skipped';
import { noteIntake } from '#storage/intake';
import { noteSkips } from '#storage/skips';
import { startTestApi, type TestApi } from '../test/support/query-api.ts';
import { NOW_MS } from '../test/support/span-rows.ts';

const HOUR_MS = 3_600_000;
const skip = (over: Partial<Skip>): Skip => ({
  kind: 'rejected',
  reason: 'invalid_trace_id',
  sender: 'shop',
  subject: '',
  count: 1,
  bytes: 0,
  keptBytes: 0,
  largestBytes: 0,
  firstAtMs: NOW_MS - HOUR_MS,
  lastAtMs: NOW_MS - HOUR_MS,
  ...over,
});
const entry = (n: number, over: Partial<QuarantineItem> = {}): QuarantineItem => ({
  id: `20261120T0000000${String(n).padStart(2, '0')}-00000000`,
  at: new Date(NOW_MS - HOUR_MS + n).toISOString(),
  signal: 'spans',
  rows: 2,
  bytes: 100,
  reason: 'Cannot parse',
  canRetry: true,
  isLost: false,
  ...over,
});

let api: TestApi;
let quarantine: QuarantineItem[] = [];
beforeAll(async () => {
  api = await startTestApi({
    readQuarantine: async (most) => ({ rows: 300, bytes: 15_100, items: quarantine.slice(0, most) }),
    masked: () => ({ key: 2 }),
  });
});
afterAll(() => api.close());

async function read(query = ''): Promise<Skipped> {
  const { status, body } = await api.get(`/api/skipped${query}`);
  expect(status, String((api.logged.at(-1)?.details as { err?: Error })?.err?.message ?? JSON.stringify(body))).toBe(
    200,
  );
  return API.getSkipped.reply.parse(body);
}

describe('what is being skipped', () => {
  it('is nothing in an empty store', async () => {
    expect(await read()).toMatchObject({
      received: null,
      rejected: { count: 0, countNow: 0, senders: 0, lastAt: null, rows: [] },
      refused: { count: 0, rows: [] },
      cut: { count: 0, rows: [] },
      leftOut: { count: 0, rows: [] },
      quarantine: { rows: [] },
      setAside: { total: 0, open: 0, rows: [] },
      masked: { key: 2 },
    });
  });

  it('adds up what collectors noted, by reason and sender, with what to do about it', async () => {
    const counts = { received: 1000, rejected: 0, quarantined: 0, lost: 0, droppedAttributes: 0 };
    await noteIntake(api.db, 'default', 'one', NOW_MS - HOUR_MS, counts);
    await noteSkips(api.db, 'default', [
      skip({ count: 5 }),
      skip({ count: 7, lastAtMs: NOW_MS - 1000 }),
      skip({ sender: '', reason: 'something_new' }),
      skip({ kind: 'cut', reason: 'value_too_long', subject: 'input', bytes: 1000, keptBytes: 250, largestBytes: 900 }),
      skip({ kind: 'left_out', reason: 'attributes', count: 3 }),
      skip({ kind: 'refused', reason: 'malformed', sender: 'python-requests/2' }),
      // Long ago, and of another project.
      skip({ count: 100, lastAtMs: NOW_MS - 8 * 24 * HOUR_MS }),
    ]);
    await noteSkips(api.db, 'other', [skip({ count: 100 })]);
    const skipped = await read();
    expect(skipped.received).toBe(1000);
    expect(skipped.rejected).toMatchObject({
      count: 13,
      countNow: 7,
      senders: 1,
      lastAt: new Date(NOW_MS - 1000).toISOString(),
      rows: [
        { reason: 'invalid_trace_id', sender: 'shop', count: 12, todo: expect.stringContaining('exporter') },
        { reason: 'something_new', what: 'something new', sender: null, count: 1, todo: null },
      ],
    });
    expect(skipped.cut.rows).toMatchObject([{ key: 'input', count: 1, largestBytes: 900, keptShare: 0.25 }]);
    expect(skipped.leftOut).toMatchObject({ count: 3, rows: [{ reason: 'attributes' }] });
    expect(skipped.refused).toMatchObject({ count: 1, rows: [{ sender: 'python-requests/2' }] });
    const earlier = await read(`?from=${NOW_MS - 9 * 24 * HOUR_MS}&to=${NOW_MS - 7 * 24 * HOUR_MS}`);
    expect(earlier.rejected.count).toBe(100);
  });

  it('shows the newest of many, and counts them all', async () => {
    const damaged = entry(0, { signal: null, rows: 0, canRetry: false });
    quarantine = [damaged, ...Array.from({ length: 150 }, (_, i) => entry(i + 1))].reverse();
    const many = Array.from({ length: 5000 }, (_, i) =>
      skip({ kind: 'left_out', reason: 'events', sender: `pod-${i}`, count: i + 1, lastAtMs: NOW_MS - 5 * HOUR_MS }),
    );
    await noteSkips(api.db, 'default', many);
    const { leftOut, quarantine: kept } = await read();
    expect(leftOut.rows).toHaveLength(SKIPPED_MAX_ROWS);
    expect(leftOut.rows[0]).toMatchObject({ sender: 'pod-4999', count: 5000 });
    expect(leftOut.count).toBe((5000 * 5001) / 2 + 3);
    expect(kept?.rows).toHaveLength(SKIPPED_MAX_ROWS);
    expect(kept).toMatchObject({ records: 300, bytes: 15_100 });
    expect(kept?.rows[0]).toMatchObject({ retry: `npx telltale quarantine retry ${kept?.rows[0]?.id}` });
  });

  it('refuses what is no period', async () => {
    const { status, body } = await api.get('/api/skipped?from=yesterday');
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: 'bad_request' } });
  });
});
