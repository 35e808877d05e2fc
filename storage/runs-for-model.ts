// Which stored summaries a model has not been asked about yet, the most notable runs first.
import { type RunFacts, runFactsSchema } from '#contracts/run-facts';
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
  /** Trace ids to leave out: set aside. */
  readonly without?: readonly string[];
}

export interface RunsForModel {
  readonly runs: readonly RunForModel[];
  /** Runs whose stored facts cannot be read. */
  readonly unreadable: readonly { readonly traceId: string; readonly error: unknown }[];
}

// Without facts first: they are by far the largest column.
const READ_DUE = `
SELECT traceId FROM (
  SELECT trace_id AS traceId, max(received_at) AS at,
    argMax((kind, model, prompt_version, verdict, outcome), received_at) AS newest
  FROM summaries
  WHERE project_id = {projectId:String} AND received_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')
    AND trace_id NOT IN {without:Array(String)}
  GROUP BY trace_id
)
WHERE newest.1 = 'template' AND NOT (newest.2 = {model:String} AND newest.3 = {promptVersion:String} AND newest.4 != '')
ORDER BY multiIf(newest.5 IN ('failed', 'stopped'), 0, newest.5 = 'ok', 2, 1), at DESC, traceId
LIMIT {limit:UInt32}`;

const READ_FACTS = `
SELECT trace_id AS traceId, facts, facts_hash AS factsHash, span_count AS spanCount, toUnixTimestamp64Milli(covers) AS coversMs,
  toUnixTimestamp64Milli(received_at) AS writtenMs
FROM summaries
WHERE project_id = {projectId:String} AND trace_id IN {traceIds:Array(String)}
ORDER BY received_at DESC
LIMIT 1 BY trace_id`;

type Row = Readonly<
  Record<'traceId' | 'facts' | 'factsHash' | 'spanCount' | 'coversMs' | 'writtenMs', string | number>
>;

/**
 * Runs whose newest summary the template wrote, and whose facts this model with this prompt was not asked about: failed
 * and stopped ones first, then what else went otherwise than planned, then the rest; the newest of each first.
 * @throws StorageError
 */
export async function readRunsForModel(
  db: Database,
  projectId: string,
  query: RunsForModelQuery,
): Promise<RunsForModel> {
  const due = await db.query<{ traceId: string }>(READ_DUE, { projectId, without: [], ...query });
  if (due.length === 0) return { runs: [], unreadable: [] };
  const traceIds = due.map(({ traceId }) => traceId);
  const rows = await db.query<Row>(READ_FACTS, { projectId, traceIds }, { maxThreads: 1 });
  const runs = new Map<string, RunForModel>();
  const unreadable: { traceId: string; error: unknown }[] = [];
  for (const { traceId, facts, factsHash, spanCount, coversMs, writtenMs } of rows) {
    const parsed = parseFacts(String(facts));
    if ('error' in parsed) {
      unreadable.push({ traceId: String(traceId), error: parsed.error });
      continue;
    }
    runs.set(parsed.facts.traceId, {
      facts: parsed.facts,
      factsHash: String(factsHash),
      spanCount: Number(spanCount),
      coversMs: Number(coversMs),
      writtenMs: Number(writtenMs),
    });
  }
  return { runs: traceIds.flatMap((traceId) => runs.get(traceId) ?? []), unreadable };
}

/** Facts of an older version may not be of today's shape. */
function parseFacts(json: string): { readonly facts: RunFacts } | { readonly error: unknown } {
  try {
    return { facts: runFactsSchema.parse(JSON.parse(json)) };
  } catch (error) {
    return { error };
  }
}
