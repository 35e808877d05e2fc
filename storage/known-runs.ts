// What is known of runs before they are summed up, given batch by batch, so that memory holds a bounded number of spans
// however many runs are asked for and however large they are.
import type { OpenStep } from '#contracts/open-step';
import type { HasValue, ValueField } from '#domain/run/matches-run';
import { stillOpen } from '#domain/run/open-steps';
import { hasRoot } from '#domain/run/run-status';
import type { SpanFacts } from '#domain/run/span-facts';
import type { More } from '#domain/run/summarize-run';
import type { Database } from './database.ts';
import { joinPlaces, type TracePlace } from './find-traces.ts';
import { VERSIONS_SQL } from './large-run-sql.ts';
import { type LargeRun, readLargeRun } from './read-large-run.ts';
import { readOpenSteps } from './read-open-steps.ts';
import { readSpanPage, type SpanPage } from './read-span-page.ts';
import { toSpanFacts } from './rows.ts';
import { type Cell, cellReader, FACT_COLUMNS, selectList } from './span-columns.ts';
import type { SpanPosition } from './span-cursor.ts';
import { mapInTurns } from './turns.ts';
import { wholeRunsOf } from './whole-runs.ts';

/** A run of more spans than fit into one page is counted in SQL and not read span by span. */
export const READ_WHOLE_MAX_SPANS = 20_000;
/** Spans in one answer of the engine. */
const SPANS_AT_ONCE = 20_000;
/** Fewer are read without standing in line. */
export const FEW_SPANS = 2000;
/** Counted large runs that are remembered until something new of them arrives: lists ask for them every few seconds. */
const REMEMBERED = 8;

export interface KnownRun {
  readonly place: TracePlace;
  /** By start. Of a large run those at hand. */
  readonly spans: readonly SpanFacts[];
  readonly spanCount: number;
  /** Announced, and without a span so far. */
  readonly open: readonly OpenStep[];
  /** Not null for a large run. */
  readonly counted: More['counted'];
  readonly has: HasValue;
}

export interface RunVersion {
  /** Copies of spans that are stored: at least as many as there are spans. */
  readonly copies: number;
  readonly newestMs: number;
}

/** How much there is of each trace that has spans. @throws StorageError */
export async function readVersions(
  db: Database,
  projectId: string,
  places: ReadonlyMap<string, TracePlace>,
): Promise<Map<string, RunVersion>> {
  if (places.size === 0) return new Map();
  const rows = await db.query<{ traceId: string; copies: string; newestMs: string }>(
    VERSIONS_SQL,
    { projectId, ...joinPlaces(places.values()), traceIds: [...places.keys()] },
    { maxThreads: 1 },
  );
  return new Map(
    rows.map(({ traceId, copies, newestMs }) => [traceId, { copies: Number(copies), newestMs: Number(newestMs) }]),
  );
}

/**
 * Gives each run of which something is stored to `use`, some at a time, in no particular order. `use` must not read
 * whole runs itself: it is called while it is this read's turn.
 * @param places from `findTraces`
 * @param nowMs the time to judge by whether a process is alive, ms since 1970
 * @param skip leaves out a run that is known already in this version
 * @param wholeMax for tests
 * @throws StorageError; TelltaleError readers_busy
 */
export async function eachKnownBatch(
  db: Database,
  projectId: string,
  places: ReadonlyMap<string, TracePlace>,
  nowMs: number,
  use: (known: ReadonlyMap<string, KnownRun>) => Promise<void>,
  skip: (traceId: string, version: RunVersion) => Promise<boolean> | boolean = () => false,
  wholeMax: number = READ_WHOLE_MAX_SPANS,
): Promise<void> {
  const versions = await readVersions(db, projectId, places);
  const large: (readonly [string, TracePlace, RunVersion])[] = [];
  let batch = new Map<string, TracePlace>();
  let spansInBatch = 0;
  const line = wholeRunsOf(db);
  const flush = async () => {
    const [mine, spans] = [batch, spansInBatch];
    [batch, spansInBatch] = [new Map(), 0];
    if (mine.size === 0) return;
    const work = async () => use(await readSmallRuns(db, projectId, mine, spans, nowMs));
    await (spans <= FEW_SPANS ? work() : line.inLine(work));
  };
  for (const [traceId, place] of places) {
    const version = versions.get(traceId) ?? { copies: 0, newestMs: 0 };
    if (await skip(traceId, version)) continue;
    if (version.copies > wholeMax) {
      large.push([traceId, place, version]);
      continue;
    }
    if (spansInBatch + version.copies > SPANS_AT_ONCE) await flush();
    batch.set(traceId, place);
    spansInBatch += version.copies;
  }
  await flush();
  for (const [traceId, place, version] of large) {
    const run = await readLargeOnce(db, projectId, traceId, place, version, nowMs);
    if (run !== null) await use(new Map([[traceId, { ...run, place, has: has(run.values, run.open) }]]));
  }
}

async function readSmallRuns(
  db: Database,
  projectId: string,
  places: ReadonlyMap<string, TracePlace>,
  copies: number,
  nowMs: number,
): Promise<Map<string, KnownRun>> {
  const spansOf = await readFacts(db, projectId, places, copies);
  const openEnded = [...places.keys()].filter((traceId) => !hasRoot(spansOf.get(traceId) ?? []));
  const announced = await readOpenSteps(db, projectId, openEnded, nowMs);
  const known = new Map<string, KnownRun>();
  for (const [traceId, place] of places) {
    const spans = spansOf.get(traceId) ?? [];
    const run = knownOf(place, spans, announced.get(traceId) ?? []);
    if (run !== null) known.set(traceId, run);
  }
  return known;
}

/** A run of which all spans are at hand. */
export function knownOf(
  place: TracePlace,
  spans: readonly SpanFacts[],
  announced: readonly OpenStep[],
): KnownRun | null {
  const open = stillOpen(announced, spans);
  if (spans.length + open.length === 0) return null;
  const saidBy = (field: ValueField, wanted: readonly string[]) =>
    spans.some((span) => wanted.includes(span[field] ?? ''));
  return {
    place,
    spans,
    spanCount: spans.length,
    open,
    counted: null,
    has: (field, wanted) => saidBy(field, wanted) || openHas(open, field, wanted),
  };
}

const has =
  (values: LargeRun['values'], open: readonly OpenStep[]): HasValue =>
  (field, wanted) =>
    values[field].some((value) => wanted.includes(value)) || openHas(open, field, wanted);

function openHas(open: readonly OpenStep[], field: ValueField, wanted: readonly string[]): boolean {
  if (field === 'model' || field === 'errorType') return false;
  return open.some((step) => wanted.includes(step[field] ?? ''));
}

// The newest copy of a span counts.
const READ_FACTS = `
SELECT * FROM (
  SELECT ${selectList(FACT_COLUMNS)}
  FROM spans
  WHERE project_id = {projectId:String}
    AND service IN {services:Array(String)}
    AND toStartOfFiveMinutes(start_time) IN {buckets:Array(UInt32)}
    AND trace_id IN {traceIds:Array(Id16)}
  ORDER BY received_at DESC, start_time DESC
  LIMIT 1 BY trace_id, span_id
)
ORDER BY startTime, spanId`;

/** The facts of each run that has spans, by trace id, by start. A run of many spans is asked for alone, page by page. */
async function readFacts(
  db: Database,
  projectId: string,
  places: ReadonlyMap<string, TracePlace>,
  copies: number,
): Promise<Map<string, SpanFacts[]>> {
  const [only] = places;
  if (copies > SPANS_AT_ONCE && only !== undefined) {
    const spans: SpanFacts[] = [];
    let after: SpanPosition | null = null;
    do {
      const page: SpanPage<SpanFacts> = await readSpanPage(
        db,
        projectId,
        ...only,
        FACT_COLUMNS,
        toSpanFacts,
        after,
        SPANS_AT_ONCE,
      );
      for (const row of page.rows) spans.push(row);
      after = page.next;
    } while (after !== null);
    return new Map([[only[0], spans]]);
  }
  const traceIds = [...places.keys()];
  if (traceIds.length === 0) return new Map();
  const params = { projectId, ...joinPlaces(places.values()), traceIds };
  const tuples = await db.queryTuples<readonly Cell[]>(
    READ_FACTS,
    params,
    copies > FEW_SPANS ? { maxThreads: 1, maxSeconds: 60 } : {},
  );
  const cellsOf = cellReader(FACT_COLUMNS);
  const spansOf = new Map<string, SpanFacts[]>();
  await mapInTurns(tuples, (tuple) => {
    const cells = cellsOf(tuple);
    const spans = spansOf.get(String(cells.traceId));
    if (spans === undefined) spansOf.set(String(cells.traceId), [toSpanFacts(cells)]);
    else spans.push(toSpanFacts(cells));
  });
  return spansOf;
}

const remembered = new WeakMap<Database, Map<string, LargeRun>>();

/** Read by one at a time, and remembered while nothing of it arrives. */
function readLargeOnce(
  db: Database,
  projectId: string,
  traceId: string,
  place: TracePlace,
  { copies, newestMs }: RunVersion,
  nowMs: number,
): Promise<LargeRun | null> {
  const line = wholeRunsOf(db);
  const key = `large ${traceId} ${copies} ${newestMs} ${projectId}`;
  const known = remembered.get(db) ?? new Map<string, LargeRun>();
  remembered.set(db, known);
  const found = known.get(key);
  if (found !== undefined) return Promise.resolve(found);
  const announced = async () => (await readOpenSteps(db, projectId, [traceId], nowMs)).get(traceId) ?? [];
  return line.shared(key, () =>
    line.inLine(async () => {
      const run = await readLargeRun(db, projectId, traceId, place, announced);
      // What a process says of its open steps changes without a new span.
      if (run === null || !hasRoot(run.spans)) return run;
      if (known.size >= REMEMBERED) known.delete(known.keys().next().value as string);
      known.set(key, run);
      return run;
    }),
  );
}
