// Which stored summaries a model has not been asked about yet, the most telling runs first.
import { type RunFacts, runFactsSchema } from '#schema/run-facts';
import type { Database } from './database.ts';

export interface RunForModel {
  readonly facts: RunFacts;
  readonly factsHash: string;
  readonly spanCount: number;
  readonly coversMs: number;
  /** When the row was written that a model's would follow, ms since 1970. */
  readonly writtenMs: number;
}

export interface RunsForModelQuery {
  readonly model: string;
  readonly promptVersion: string;
  /** Rows written since then, ms since 1970. */
  readonly sinceMs: number;
  readonly limit: number;
}

// Without facts first: they are by far the largest column.
const READ_DUE = `
SELECT traceId FROM (
  SELECT trace_id AS traceId, max(received_at) AS at,
    argMax((kind, model, prompt_version, verdict, outcome), received_at) AS newest
  FROM summaries
  WHERE project_id = {projectId:String} AND received_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')
  GROUP BY trace_id
)
WHERE newest.1 = 'template' AND NOT (newest.2 = {model:String} AND newest.3 = {promptVersion:String} AND newest.4 != '')
ORDER BY multiIf(newest.5 IN ('failed', 'stopped'), 0, newest.5 = 'ok', 2, 1), at DESC, traceId
LIMIT {limit:UInt32}`;

const READ_FACTS = `
SELECT facts, facts_hash AS factsHash, span_count AS spanCount, toUnixTimestamp64Milli(covers) AS coversMs,
  toUnixTimestamp64Milli(received_at) AS writtenMs
FROM summaries
WHERE project_id = {projectId:String} AND trace_id IN {traceIds:Array(String)}
ORDER BY received_at DESC
LIMIT 1 BY trace_id`;

type Row = Readonly<Record<'facts' | 'factsHash' | 'spanCount' | 'coversMs' | 'writtenMs', string | number>>;

/**
 * Runs whose newest summary the template wrote, and whose facts this model with this prompt was not asked about: failed
 * and stopped ones first, then what else went otherwise than planned, then the rest; the newest of each first.
 * @throws StorageError
 */
export async function readRunsForModel(
  db: Database,
  projectId: string,
  query: RunsForModelQuery,
): Promise<RunForModel[]> {
  const due = await db.query<{ traceId: string }>(READ_DUE, { projectId, ...query });
  if (due.length === 0) return [];
  const traceIds = due.map(({ traceId }) => traceId);
  const rows = await db.query<Row>(READ_FACTS, { projectId, traceIds }, { maxThreads: 1 });
  const runs = new Map<string, RunForModel>();
  for (const { facts, factsHash, spanCount, coversMs, writtenMs } of rows) {
    // Facts of an older version are worked out anew by the telling of runs, not here.
    const parsed = runFactsSchema.safeParse(JSON.parse(String(facts)));
    if (!parsed.success) continue;
    runs.set(parsed.data.traceId, {
      facts: parsed.data,
      factsHash: String(factsHash),
      spanCount: Number(spanCount),
      coversMs: Number(coversMs),
      writtenMs: Number(writtenMs),
    });
  }
  return traceIds.flatMap((traceId) => runs.get(traceId) ?? []);
}
