// Size stops nothing: every question of the API and every background job, on a store of hostile size. The small form is
// part of `npm test`; `npm run test:full` takes 50,000 patterns, 5,000 merges, 30,000 buckets and a million spans.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { API } from '#contracts/api';
import type { PatternPage } from '#contracts/pattern';
import type { RunPage, Trace } from '#contracts/run';
import { settlePatternCounts } from '#storage/pattern-counts';
import { applyRetention } from '#storage/retention';
import { readSetAside } from '#storage/set-aside';
import { openStores } from '#storage/stores';
import { readSummaries } from '#storage/summaries';
import { startAlerting } from '../alerting/start-alerting.ts';
import { summarizeDueRuns } from '../alerting/summaries/summarize-runs.ts';
import { fillInOwnProcess, HOSTILE_TRACES, hostileFingerprint, PATTERNS_PER_RUN } from './support/hostile-store.ts';
import { startTestApi, type TestApi } from './support/query-api.ts';
import { insertSpans, span } from './support/span-rows.ts';
import { testDirectory } from './support/test-directory.ts';
import { IS_FULL_TIER } from './support/tier.ts';

const SIZES = IS_FULL_TIER
  ? { patterns: 50_000, buckets: 30_000, spans: 1_000_000 }
  : { patterns: 300, buckets: 1_000, spans: 20_500 };
const MERGES = IS_FULL_TIER ? 5_000 : 100;
const MAX_MEMORY_MIB = 1_500;
/** A tick that begins 50,000 incidents holds them and writes them as one: it takes more than everything else. */
const MAX_TICK_MEMORY_MIB = IS_FULL_TIER ? 3_000 : 1_500;
/** Only ends what hangs. */
const PATIENT = { timeout: 3_600_000 };

/** The jobs and the API share this moment, ms since 1970: the engine's own retention goes by the real clock. */
const NOW_MS = Date.now();
const MINUTE_MS = 60_000;
const { large, buckets, names, manyServices } = HOSTILE_TRACES;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ now: () => NOW_MS }, (dataDir) => fillInOwnProcess(dataDir, SIZES, NOW_MS));
});
afterAll(() => api.close());

/** The answer, which is no 5xx. */
async function answer<T = unknown>(path: string, method: 'GET' | 'POST' = 'GET', body?: unknown): Promise<T> {
  const response = await fetch(api.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
  });
  const text = await response.text();
  const { err } = (api.logged.at(-1)?.details ?? {}) as { err?: Error };
  const what = `${method} ${path.slice(0, 200)}: ${text.slice(0, 300)} ${err?.message.slice(0, 300) ?? ''}`;
  expect(response.status, what).toBeLessThan(500);
  expect(response.status, what).not.toBe(400);
  return JSON.parse(text) as T;
}

/** The values of the parameters in a route's path. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  traceId: [large, buckets, names, manyServices],
  spanId: ['0000000000000001'],
  sessionId: ['hostile', encodeURIComponent(`0${'x'.repeat(2000)}`)],
  fingerprint: [hostileFingerprint(0), hostileFingerprint(SIZES.patterns - 1)],
  date: [new Date(NOW_MS).toISOString().slice(0, 10)],
  id: ['unknown'],
};
/** Questions with filters, beside each route as it is. */
const FILTERED = [
  '/api/runs?limit=200',
  '/api/runs?q=no+answer&limit=200',
  '/api/runs?status=error&service=big&attr=a=b',
  `/api/runs?fingerprint=${Array.from({ length: 50 }, (_, n) => hostileFingerprint(n)).join('&fingerprint=')}`,
  `/api/runs?agent=${'x'.repeat(4000)}`,
  '/api/patterns?limit=200',
  '/api/patterns?q=no+answer',
  '/api/sessions?q=xxx',
  '/api/logs',
];

function pathsOf(route: string): string[] {
  const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  return names.reduce<string[]>(
    (paths, name) => {
      const values = VALUES[name];
      if (values === undefined) throw new Error(`Say in VALUES what {${name}} of ${route} is tried with.`);
      return paths.flatMap((path) => values.map((value) => path.replace(`{${name}}`, value)));
    },
    [route],
  );
}

it('every question of the API is answered', PATIENT, async () => {
  for (const { method, path } of Object.values(API)) {
    if (method !== 'get') continue;
    for (const each of pathsOf(path)) await answer(each);
  }
  for (const path of FILTERED) await answer(path);
});

it('lists every run once, page after page', PATIENT, async () => {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: RunPage = await answer(`/api/runs?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...page.runs.map(({ traceId }) => traceId));
    cursor = page.nextCursor;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining([large, names, manyServices]));
});

it('a run is read whole, a page at a time', PATIENT, async () => {
  const spanIds = new Set<string>();
  let pages = 0;
  for (let cursor: string | null = ''; cursor !== null; pages++) {
    const trace: Trace = await answer(`/api/traces/${large}${cursor === '' ? '' : `?cursor=${cursor}`}`);
    expect(trace.spanCount).toBe(SIZES.spans);
    expect(trace.spans.length).toBeLessThanOrEqual(20_000);
    for (const { spanId } of trace.spans) spanIds.add(spanId);
    cursor = trace.nextCursor;
  }
  expect(spanIds.size).toBe(SIZES.spans);
  expect(pages).toBe(Math.ceil(SIZES.spans / 20_000));
});

it('patterns are merged by the thousand, read, and split again', PATIENT, async () => {
  for (let first = 0; first < MERGES; first += PATTERNS_PER_RUN) {
    const fingerprints = Array.from({ length: PATTERNS_PER_RUN - 1 }, (_, i) => hostileFingerprint(first + 1 + i));
    await answer(`/api/patterns/${hostileFingerprint(first)}/merge`, 'POST', { fingerprints });
  }
  const page = await answer<PatternPage>('/api/patterns');
  expect(page.patterns.length).toBeGreaterThan(0);
  await answer(`/api/patterns/${hostileFingerprint(0)}`);
  const fingerprints = [hostileFingerprint(1)];
  await answer(`/api/patterns/${hostileFingerprint(0)}/split`, 'POST', { fingerprints });
});

it('runs are summarized, and those that came later as well', PATIENT, async () => {
  const ordinary = 'a'.repeat(32);
  const started = new Date(NOW_MS - MINUTE_MS).toISOString().replace('T', ' ').replace('Z', '');
  const row = { ...span(1, 1), trace_id: ordinary, kind: 'agent', start_time: started, received_at: started };
  await insertSpans(api.db, [row]);
  let from = null;
  do {
    const deps = {
      db: api.db,
      projectId: 'default',
      ...openStores(api.db, 'default'),
      isStopping: () => false,
      rest: async () => undefined,
    };
    ({ goOnAfter: from } = await summarizeDueRuns(deps, NOW_MS + 10 * MINUTE_MS, from));
  } while (from !== null);
  const summaries = await readSummaries(api.db, 'default', [ordinary, large, names, manyServices]);
  expect([...summaries.keys()].sort()).toEqual([names, manyServices, large, ordinary].sort());
  expect((await readSetAside(api.db, 'default', { fromMs: 0, toMs: NOW_MS + 3_600_000 })).items).toEqual([]);
});

it('the digest of the day is written', PATIENT, async () => {
  const [date] = VALUES.date as [string];
  const { digest } = await answer<{ digest: { sections?: unknown } }>(`/api/digests/${date}`, 'POST', {});
  expect(digest).toBeDefined();
});

it('counts are settled and retention is applied', PATIENT, async () => {
  await settlePatternCounts(api.db, 'default', 0);
  await applyRetention(api.db, 30);
  await answer('/api/patterns?limit=200');
});

/** What the process took at most so far, MiB. */
const peakMib = () => process.resourceUsage().maxRSS / 1024;

it(`questions, summaries, digest and retention took at most ${MAX_MEMORY_MIB} MiB`, () => {
  expect(peakMib()).toBeLessThan(MAX_MEMORY_MIB);
});

it('the detector judges all of it in one tick', PATIENT, async () => {
  const nowMs = NOW_MS;
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const directory = testDirectory({
    db: api.db,
    projectId: 'default',
    slackWebhookUrl: undefined,
    writeLine: () => undefined,
    now: () => nowMs,
  });
  const publicUrl = () => 'https://telltale.example';
  const alerting = startAlerting({
    db: api.db,
    projectId: 'default',
    ...openStores(api.db, 'default'),
    publicUrl,
    directory,
    log,
    now: () => nowMs,
    wake: () => () => undefined,
  });
  try {
    const result = await alerting.tick();
    expect(result.status === 'failed' ? result.error : result.status).toBe('done');
    if (result.status === 'done') expect(result.fired.length).toBeGreaterThan(0);
  } finally {
    await alerting.stop();
  }
});

it(`the tick took at most ${MAX_TICK_MEMORY_MIB} MiB`, () => {
  expect(peakMib()).toBeLessThan(MAX_TICK_MEMORY_MIB);
});
