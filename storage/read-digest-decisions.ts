// The decisions of a period: how many, and which are worth a second look.
import { NEAR_THRESHOLD } from '#domain/decision';
import type { Period } from '#domain/local-time';
import type { Database } from './database.ts';
import { DIGEST_LIMITS } from './digest-runs.ts';

// The newest row of a decision counts, in its own time.
const DECISIONS = `
  SELECT *, confidence < threshold AS is_below, abs(round(confidence - threshold, 9)) <= ${NEAR_THRESHOLD} AS is_near
  FROM (
    SELECT decision_name, trace_id, span_id, start_time, agent, choice, confidence, threshold, outcome
    FROM decisions
    WHERE project_id = {project:String}
      AND start_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND start_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    ORDER BY received_at DESC LIMIT 1 BY trace_id, span_id)`;

const READ_FIGURES = `
SELECT toUInt32(count()) AS decisions, toUInt32(countIf(is_below)) AS belowThreshold,
  toUInt32(countIf(outcome = 'escalated')) AS escalated, toUInt32(countIf(is_below OR is_near)) AS doubtful
FROM (${DECISIONS})`;

// The furthest below its threshold first; at most two of a name, or one decision would be all there is to see.
const READ_DOUBTFUL = `
SELECT decision_name AS name, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, agent, choice,
  confidence AS sureness, threshold AS needed, outcome, toUnixTimestamp64Milli(start_time) AS atMs
FROM (
  SELECT * FROM (${DECISIONS}) WHERE is_below OR is_near
  ORDER BY confidence - threshold, start_time, span_id LIMIT 2 BY decision_name)
ORDER BY confidence - threshold, start_time, span_id
LIMIT {limit:UInt32}`;

export interface DoubtfulDecision {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly agent: string;
  readonly choice: string;
  readonly sureness: number;
  readonly needed: number;
  readonly outcome: string;
  /** ms since 1970 */
  readonly atMs: number;
}

export interface DecisionFigures {
  readonly decisions: number;
  readonly belowThreshold: number;
  readonly escalated: number;
  /** Below its threshold or near it. */
  readonly doubtful: number;
}

/** @throws StorageError */
export async function readDecisionFigures(db: Database, projectId: string, period: Period): Promise<DecisionFigures> {
  const [row] = await db.query<DecisionFigures>(READ_FIGURES, scope(projectId, period), DIGEST_LIMITS);
  return row ?? { decisions: 0, belowThreshold: 0, escalated: 0, doubtful: 0 };
}

/** The most doubtful decisions, at most two of a name. @throws StorageError */
export async function readDoubtfulDecisions(
  db: Database,
  projectId: string,
  period: Period,
  limit: number,
): Promise<DoubtfulDecision[]> {
  type Row = Omit<DoubtfulDecision, 'atMs'> & { readonly atMs: string };
  const rows = await db.query<Row>(READ_DOUBTFUL, { ...scope(projectId, period), limit }, DIGEST_LIMITS);
  return rows.map((row) => ({ ...row, atMs: Number(row.atMs) }));
}

const scope = (projectId: string, { fromMs, toMs }: Period) => ({ project: projectId, from: fromMs, to: toMs });
