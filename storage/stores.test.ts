// What the contracts of all five interfaces promise alike: a project without data has empty answers whatever is beside it,
// a failed read is never taken for nothing, and writing the same again changes nothing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Digest } from '#contracts/digest';
import { runQuerySchema, sessionQuerySchema } from '#contracts/search';
import { NO_RUN_FIGURES } from '#domain/run/run-figures';
import { at, id, insertSpans, NOW_MS, openTestDatabase, span } from '../test/support/span-rows.ts';
import { type Database, StorageError } from './database.ts';
import { openStores, type Stores } from './stores.ts';

const DAY_MS = 86_400_000;
const period = { fromMs: NOW_MS - DAY_MS, toMs: NOW_MS + DAY_MS };
const trace = id(1, 32);
const PATTERN = 'aaaaaaaa';
const none = new Map<string, string>();

type Methods<S> = { [M in keyof S]: S[M] extends (...args: never[]) => Promise<unknown> ? M : never }[keyof S];
type Writes = 'writeSummaries' | 'saveCursor' | 'write' | 'writeCopy';
/** Every method that reads: a new one without a line here does not compile. */
type Reads<S> = { readonly [M in Exclude<Methods<S>, Writes>]: readonly [() => Promise<unknown>, unknown] };

const ofDays = { source: 'runs', where: {}, ...period } as const;
const times = {
  cursorMs: period.fromMs,
  threshold: 10,
  traces: 3,
  fewest: 1,
  reachMs: DAY_MS,
  open: [],
  aliases: none,
};
const due = { cursorMs: period.fromMs, nowMs: period.toMs, quietMs: 0, after: null, limit: 10 };
const forModel = { model: 'm', promptVersion: '1', sinceMs: period.fromMs, limit: 10 };
const facts = { ...ofDays, subject: 'desk', limit: 0, byAmount: false };
const decisions = { decisions: 0, belowThreshold: 0, escalated: 0, doubtful: 0 };
const daily = { form: 'daily', timeZone: 'UTC' } as const;

/** A call of each, and what it answers for a project of which nothing is stored. */
function readsOf({ traces, runs, patterns, measures, digests }: Stores) {
  const ofTraces: Reads<Stores['traces']> = {
    readTrace: [() => traces.readTrace(trace, NOW_MS, null), null],
    readSpan: [() => traces.readSpan(trace, id(1, 16)), null],
    hasTrace: [() => traces.hasTrace(trace), false],
    listLogs: [() => traces.listLogs(trace, false), { logs: [], truncated: false }],
    listStrayLogs: [() => traces.listStrayLogs({}), { logs: [], truncated: false }],
  };
  const ofRuns: Reads<Stores['runs']> = {
    search: [() => runs.search(runQuerySchema.parse({}), NOW_MS), { runs: [], nextCursor: null }],
    listSessions: [() => runs.listSessions(sessionQuerySchema.parse({}), NOW_MS), { sessions: [], nextCursor: null }],
    readSession: [() => runs.readSession('s-1', NOW_MS), null],
    sumUp: [() => runs.sumUp([trace], NOW_MS), []],
    sumUpEach: [() => runs.sumUpEach([trace], NOW_MS), { runs: [], unread: [] }],
    readSummarized: [() => runs.readSummarized([trace], NOW_MS), new Map()],
    readSummary: [() => runs.readSummary(trace, NOW_MS), null],
    redoSummary: [() => runs.redoSummary(trace, NOW_MS), null],
    readStoredSummaries: [() => runs.readStoredSummaries([trace]), new Map()],
    listDue: [() => runs.listDue(due), []],
    readLastReceived: [() => runs.readLastReceived([trace]), []],
    readCursor: [() => runs.readCursor(), null],
    readLastPass: [() => runs.readLastPass(), null],
    listDueForModel: [() => runs.listDueForModel(forModel), { runs: [], unreadable: [] }],
  };
  const range = { members: [PATTERN], ...period };
  const ofPatterns: Reads<Stores['patterns']> = {
    list: [() => patterns.list({ ...period, steps: 4 }, none), { patterns: [], count: 0, isCut: false }],
    readWords: [() => patterns.readWords([PATTERN], none), new Map()],
    readBaselinePerDay: [() => patterns.readBaselinePerDay([PATTERN], NOW_MS - 9 * DAY_MS, NOW_MS), 0],
    listFailingRuns: [() => patterns.listFailingRuns(range), []],
    listGoodRuns: [() => patterns.listGoodRuns({ agents: ['desk', 'shop'], ...period }), []],
    readRunTraits: [() => patterns.readRunTraits([trace]), new Map()],
    readBurst: [() => patterns.readBurst(range), null],
    // By name, whether or not there is such a pattern.
    readPartsOf: [() => patterns.readPartsOf([PATTERN]), [expect.any(Number)]],
    countErrorRows: [() => patterns.countErrorRows(period.fromMs), 0],
    readErrorTimes: [() => patterns.readErrorTimes(times), { patterns: new Map(), fresh: 0 }],
    readErrorFacts: [() => patterns.readErrorFacts([{ fingerprint: PATTERN, ...period }], none), [null]],
    readBaselines: [
      () => patterns.readBaselines([{ fingerprint: PATTERN, atMs: NOW_MS }], 60_000, NOW_MS - 9 * DAY_MS, none),
      new Map([[PATTERN, { median: 0, mean: 0 }]]),
    ],
    readTraits: [() => patterns.readTraits([PATTERN], none), new Map()],
    readKnownSince: [() => patterns.readKnownSince(), null],
    readLearntSince: [() => patterns.readLearntSince(2), null],
    settleCounts: [() => patterns.settleCounts(() => false), 0],
  };
  const ofMeasures: Reads<Stores['measures']> = {
    readSlices: [() => measures.readSlices(ofDays, DAY_MS), []],
    readFacts: [() => measures.readFacts(facts), { count: 0, hits: 0, traces: 0, agents: [], exampleTraceIds: [] }],
    readPresentSources: [() => measures.readPresentSources(period.fromMs, period.toMs), new Set()],
    readDecisionFigures: [() => measures.readDecisionFigures(period), decisions],
    listDoubtfulDecisions: [() => measures.listDoubtfulDecisions(period, 5), []],
  };
  const ofDigests: Reads<Stores['digests']> = {
    read: [() => digests.read({ date: '2026-11-20', ...daily }), null],
    list: [() => digests.list({ limit: 10 }), []],
    readLastDate: [() => digests.readLastDate(daily), null],
    readFirstRunMs: [() => digests.readFirstRunMs(), null],
    readRunFigures: [() => digests.readRunFigures(period, NOW_MS), NO_RUN_FIGURES],
    listNewPatterns: [() => digests.listNewPatterns(period, none), []],
    listDeadLetters: [() => digests.listDeadLetters(period), []],
    listWaiting: [() => digests.listWaiting(period, NOW_MS), []],
    listCopies: [() => digests.listCopies(0, 10), []],
  };
  return Object.entries({ ofTraces, ofRuns, ofPatterns, ofMeasures, ofDigests }).flatMap(([store, reads]) =>
    Object.entries(reads).map(([name, [call, empty]]) => ({ name: `${store}.${name}`, call, empty })),
  );
}

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  const error = { is_error: 1, error_type: 'Timeout', error_message: 'no answer', fingerprint: PATTERN };
  await insertSpans(db, [
    span(1, 1, { project_id: 'full', agent: 'desk', kind: 'agent', session_id: 's-1', ...error }),
    span(2, 1, { project_id: 'full', agent: 'desk', kind: 'agent' }),
  ]);
});
afterAll(() => close());

it('a project without data has empty answers, beside one that has', async () => {
  const full = openStores(db, 'full');
  expect(await full.traces.hasTrace(trace)).toBe(true);
  expect((await full.runs.search(runQuerySchema.parse({}), NOW_MS)).runs).toHaveLength(2);
  expect((await full.patterns.list({ ...period, steps: 4 }, none)).patterns).toHaveLength(1);
  expect((await full.measures.readSlices(ofDays, DAY_MS)).length).toBeGreaterThan(0);
  expect((await full.digests.readRunFigures(period, NOW_MS)).runs).toBe(2);
  for (const { name, call, empty } of readsOf(openStores(db, 'empty'))) {
    const answer = await call();
    if (
      typeof empty === 'object' &&
      empty !== null &&
      !(empty instanceof Map || empty instanceof Set) &&
      !Array.isArray(empty)
    )
      expect(answer, name).toMatchObject(empty);
    else expect(answer, name).toEqual(empty);
  }
});

it('no method takes a failed read for nothing', async () => {
  const fail = () => Promise.reject(new StorageError('the engine is gone', { retryable: true }));
  const broken: Database = { ...db, query: fail, queryTuples: fail, command: fail, insertRows: fail };
  for (const { name, call } of readsOf(openStores(broken, 'full')))
    await expect(call(), name).rejects.toThrow('the engine is gone');
});

it('writing the same again changes nothing', async () => {
  const { runs, digests } = openStores(db, 'again');
  await insertSpans(db, [span(3, 1, { project_id: 'again', agent: 'desk', kind: 'agent', start_time: at(-1e9) })]);
  const [summarized] = (await runs.readSummarized([id(3, 32)], NOW_MS)).values();
  if (summarized === undefined) throw new Error('the run is not there');
  const { summary, run, coversMs } = summarized;
  const digest: Digest = {
    projectId: 'again',
    date: '2026-11-20',
    ...daily,
    from: '2026-11-20T00:00:00.000Z',
    to: '2026-11-21T00:00:00.000Z',
    writtenAt: '2026-11-21T08:00:00.000Z',
    subject: 'again',
    kicker: '',
    headline: '',
    isQuiet: true,
    sections: [],
    foot: [],
    numbers: {
      runs: 0,
      failed: 0,
      stalled: 0,
      running: 0,
      p95DurationMs: null,
      costUsd: null,
      runsOfUnknownCost: 0,
      spans: 0,
      lateSpans: 0,
      ...{ decisions: 0, belowThreshold: 0, escalated: 0 },
    },
    usual: { of: 0, numbers: null },
  };
  const copy = { date: '2026-11-20', form: 'daily', to: 'ines@example.org', outcome: 'sent', reason: null } as const;
  const write = async () => {
    await runs.writeSummaries(NOW_MS, [{ summary, facts: summarized.facts, spanCount: run.spanCount, coversMs }]);
    await runs.saveCursor(NOW_MS, NOW_MS - 1000);
    await digests.write({ digest, html: '<p>', text: 'p' });
    await digests.writeCopy('c-1', copy, 'Ines', NOW_MS);
  };
  const read = async () => ({
    summaries: await runs.readStoredSummaries([id(3, 32)]),
    cursor: [await runs.readCursor(), await runs.readLastPass()],
    due: await runs.listDue(due),
    digests: await digests.list({ limit: 10 }),
    lastDate: await digests.readLastDate(daily),
    copies: await digests.listCopies(0, 10),
  });
  await write();
  const once = await read();
  expect(once).toMatchObject({ cursor: [NOW_MS - 1000, NOW_MS], due: [], digests: [digest], lastDate: '2026-11-20' });
  expect([once.summaries.size, once.copies.length]).toEqual([1, 1]);
  await write();
  expect(await read()).toEqual(once);
  const other = openStores(db, 'other').digests;
  await expect(other.write({ digest, html: '', text: '' })).rejects.toThrow('a digest of again for other');
});
