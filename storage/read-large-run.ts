// A run of more spans than can be read one by one: counted in SQL, with the few spans that say most.
import type { OpenStep } from '#contracts/open-step';
import type { PartialList } from '#contracts/run-facts';
import { sameStepAround } from '#domain/run/facts/trace-index';
import { VALUE_FIELDS, type ValueField } from '#domain/run/matches-run';
import { stillOpen } from '#domain/run/open-steps';
import { hasRoot } from '#domain/run/run-status';
import type { SpanFacts } from '#domain/run/span-facts';
import { type More, topOf } from '#domain/run/summarize-run';
import { loopsOf, type StepsRow, type TotalsRow, totalsOf } from './count-large-run.ts';
import type { Database } from './database.ts';
import type { TracePlace } from './find-traces.ts';
import {
  BOUNDS,
  type Bounds,
  FAILED_PARENTS_SQL,
  overviewSql,
  rowsSql,
  STEPS_SQL,
  totalsSql,
  VALUES_SQL,
} from './large-run-sql.ts';
import { toSpanFacts } from './rows.ts';
import { type Cell, cellReader, FACT_COLUMNS, selectList } from './span-columns.ts';
import { type TraceParams, traceParams } from './trace-spans.ts';
import { mapInTurns } from './turns.ts';

export interface LargeRun {
  /** The spans at hand, by start. */
  readonly spans: readonly SpanFacts[];
  readonly spanCount: number;
  /** Announced and not among its spans. */
  readonly open: readonly OpenStep[];
  readonly counted: NonNullable<More['counted']>;
  /** The values of each field, in order of the first span that has it; the first thousand. */
  readonly values: Readonly<Record<ValueField, readonly string[]>>;
}

/** The most values of a field. Nobody reads more; a filter by a later one does not find the run. */
const VALUES_MAX = 1000;
/** Agents and services that are listed, and some of which nothing can be read (domain/run/facts/compute-facts.ts). */
const NAMED_MAX = 100;
/** Wrappers of one step around each other. */
const MAX_AROUND = 10;
const NOBODY = '0'.repeat(16);
const ONE_THREAD = { maxThreads: 1, maxSeconds: 60 } as const;

interface OverviewRow {
  readonly spans: string;
  readonly errors: string;
  readonly decisions: string;
  readonly retries: string;
  readonly escalations: string;
  readonly marked: string;
  readonly first: readonly string[];
  readonly last: readonly string[];
  readonly picked: readonly string[];
}
interface ValueRow {
  readonly field: ValueField;
  readonly value: string;
  readonly spanId: string;
}

/**
 * Its statements run one after the other: a large run takes one connection, and one core.
 * @param announced the steps that were said to be open, asked for only while the run has no root
 * @returns null when nothing of it is stored
 * @throws StorageError
 */
export async function readLargeRun(
  db: Database,
  projectId: string,
  traceId: string,
  place: TracePlace,
  announced: () => Promise<readonly OpenStep[]>,
  bounds: Bounds = BOUNDS,
): Promise<LargeRun | null> {
  const params = traceParams(projectId, traceId, place);
  const [overview] = await db.query<OverviewRow>(overviewSql(bounds), { ...params }, ONE_THREAD);
  if (overview === undefined || Number(overview.spans) === 0) return null;
  const said = await db.query<ValueRow>(VALUES_SQL, { ...params, limit: VALUES_MAX }, ONE_THREAD);
  const spans = await readRows(db, params, [...overview.first, ...overview.last, ...overview.picked, ...named(said)]);
  const open = hasRoot(spans) ? [] : await notEnded(db, params, await announced());
  const top = topOf(spans, open);
  const topId = spans.includes(top) ? top.spanId : NOBODY;
  const [totals] = await db.query<TotalsRow>(totalsSql(bounds), { ...params, topId }, ONE_THREAD);
  const [steps] = await db.query<StepsRow>(STEPS_SQL, { ...params, topId }, ONE_THREAD);
  if (totals === undefined || steps === undefined) return null;

  const slowest = totals.longest === '' ? undefined : (await readRows(db, params, [totals.longest]))[0];
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const ofIds = (ids: readonly string[]) => ids.flatMap((id) => byId.get(id) ?? []);
  const begun = [...spans, ...open].map(({ startTime }) => startTime);
  const values = valuesOf(said);
  const loops = loopsOf(steps, begun.sort()[0] as string);
  return {
    spans,
    spanCount: Number(overview.spans),
    open,
    values,
    counted: {
      figures: {
        spanCount: Number(overview.spans),
        errorCount: Number(overview.errors),
        decisionCount: Number(overview.decisions),
        model: [...values.model].sort(),
        ...totalsOf(totals),
      },
      facts: {
        first: ofIds(overview.first),
        last: ofIds(overview.last.filter((id) => !overview.first.includes(id))),
        stepCount: Number(steps.steps),
        loops,
        slowest: slowest ?? null,
        elsewhere: {
          around: await readAround(db, params, spans),
          failedParents: await readFailedParents(db, params, spans),
        },
        partial: { spansRead: spans.length, lists: partialLists(overview, totals, steps, values, bounds) },
      },
    },
  };
}

function partialLists(
  overview: OverviewRow,
  totals: TotalsRow,
  steps: StepsRow,
  values: LargeRun['values'],
  { ends, each, parents }: Bounds,
): PartialList[] {
  const isOver: Readonly<Record<PartialList, boolean>> = {
    steps: Number(overview.spans) > 2 * ends,
    decisions: Number(overview.decisions) > each,
    errors: Number(overview.errors) > each,
    retries: Number(overview.retries) > each,
    escalations: Number(overview.escalations) > each,
    notes: Number(overview.marked) > each,
    loops: Number(steps.overlapping) > 0,
    models: values.model.length >= VALUES_MAX,
    totals: Number(totals.parents) > parents,
  };
  return (Object.keys(isOver) as PartialList[]).filter((list) => isOver[list]);
}

const valuesOf = (said: readonly ValueRow[]): LargeRun['values'] =>
  Object.fromEntries(
    VALUE_FIELDS.map((field) => [field, said.filter((each) => each.field === field).map(({ value }) => value)]),
  ) as unknown as LargeRun['values'];

/** The first spans that name what a run is summed up by. */
function named(said: readonly ValueRow[]): string[] {
  const firstOf = (field: ValueField, most: number) =>
    said
      .filter((each) => each.field === field)
      .slice(0, most)
      .map(({ spanId }) => spanId);
  return [
    ...firstOf('agent', NAMED_MAX),
    ...firstOf('service', NAMED_MAX),
    ...firstOf('sessionId', 1),
    ...firstOf('userId', 1),
  ];
}

async function readRows(db: Database, params: TraceParams, spanIds: readonly string[]): Promise<SpanFacts[]> {
  const wanted = [...new Set(spanIds)];
  if (wanted.length === 0) return [];
  const sql = rowsSql(selectList(FACT_COLUMNS));
  const tuples = await db.queryTuples<readonly Cell[]>(sql, { ...params, spanIds: wanted }, ONE_THREAD);
  const cellsOf = cellReader(FACT_COLUMNS);
  return mapInTurns(tuples, (tuple) => toSpanFacts(cellsOf(tuple)));
}

/** The wrappers of these spans: parents that are the same step, and theirs. */
async function readAround(db: Database, params: TraceParams, spans: readonly SpanFacts[]): Promise<SpanFacts[]> {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const around: SpanFacts[] = [];
  let inner = spans;
  for (let i = 0; i < MAX_AROUND && inner.length > 0; i++) {
    const missing = inner.flatMap(({ parentSpanId: id }) => (id === null || byId.has(id) ? [] : [id]));
    const parents = await readRows(db, params, missing);
    for (const span of parents) byId.set(span.spanId, span);
    around.push(...parents);
    const wrappers = inner.flatMap((span) => sameStepAround(span, { byId })?.spanId ?? []);
    inner = parents.filter(({ spanId }) => wrappers.includes(spanId));
  }
  return around;
}

async function readFailedParents(
  db: Database,
  params: TraceParams,
  spans: readonly SpanFacts[],
): Promise<ReadonlySet<string>> {
  const failed = spans.filter(({ isError }) => isError).map(({ spanId }) => spanId);
  if (failed.length === 0) return new Set();
  const rows = await db.query<{ spanId: string }>(FAILED_PARENTS_SQL, { ...params, spanIds: failed }, ONE_THREAD);
  return new Set(rows.map(({ spanId }) => spanId));
}

async function notEnded(db: Database, params: TraceParams, announced: readonly OpenStep[]): Promise<OpenStep[]> {
  return stillOpen(
    announced,
    await readRows(
      db,
      params,
      announced.map(({ spanId }) => spanId),
    ),
  );
}
