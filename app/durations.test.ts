// Durations as a scraper sees them.
import { expect, it } from 'vitest';
import type { Database } from '#storage/database';
import { createDurations } from './durations.ts';

const failing = () => Promise.reject(new Error('no'));
const db = {
  engine: 'chdb',
  version: '1',
  query: async () => [{ one: 1 }],
  queryTuples: failing,
  insertRows: async () => undefined,
  insertFile: failing,
} as unknown as Database;

it('counts each request, question, insert and tick, also those that fail, and passes on what they give', async () => {
  const { registry, otlp, api, tick, timed } = createDurations();
  otlp('grpc', 200, 3);
  api('/api/runs', 200, 20);
  tick('done', 700);
  const watched = timed(db);
  expect(await watched.query('SELECT 1')).toEqual([{ one: 1 }]);
  await expect(watched.queryTuples('SELECT 1')).rejects.toThrow('no');
  await watched.insertRows('settings', []);
  await expect(watched.insertFile('spans', '/x', 't')).rejects.toThrow('no');
  expect(watched.version).toBe('1');
  const text = await registry.metrics();
  for (const line of [
    'telltale_otlp_request_duration_seconds_bucket{le="0.005",transport="grpc",status="200"} 1',
    'telltale_otlp_request_duration_seconds_bucket{le="0.0025",transport="grpc",status="200"} 0',
    'telltale_api_request_duration_seconds_sum{route="/api/runs",status="200"} 0.02',
    'telltale_detector_tick_duration_seconds_count{result="done"} 1',
    'telltale_storage_query_duration_seconds_count{result="ok"} 1',
    'telltale_storage_query_duration_seconds_count{result="failed"} 1',
    'telltale_storage_insert_duration_seconds_count{table="settings",result="ok"} 1',
    'telltale_storage_insert_duration_seconds_count{table="spans",result="failed"} 1',
  ])
    expect(text).toContain(`${line}\n`);
});
