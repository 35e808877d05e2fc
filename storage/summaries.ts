// Stored summaries: one row per run and version of its facts, the newest of a run counts.
import { z } from 'zod';
import type { RunFacts } from '#contracts/run-facts';
import { type RunSummary, runSummarySchema, summarySentenceSchema } from '#contracts/summary';
import { storyText } from '#domain/run/story/words';
import type { Database } from './database.ts';
import { recordSetAside } from './set-aside.ts';
import { sqlTime } from './sql-time.ts';

export interface StoredSummary {
  readonly summary: RunSummary;
  /** Spans that the facts were worked out from, and when the newest of them arrived, ms since 1970. */
  readonly spanCount: number;
  readonly coversMs: number;
}

/**
 * Stores summaries in one block: all, or none. The same facts, kind and model again replace the row before. A run that
 * was set aside because it had none is not any more.
 * @param atMs when they were written, ms since 1970
 * @throws StorageError
 */
export async function writeSummaries(
  db: Database,
  projectId: string,
  atMs: number,
  written: readonly (StoredSummary & { readonly facts: RunFacts })[],
): Promise<void> {
  const rows = written.map(({ summary, facts, spanCount, coversMs }) => ({
    project_id: projectId,
    received_at: sqlTime(atMs),
    trace_id: summary.traceId,
    started_at: facts.startTime.replace('T', ' ').replace('Z', ''),
    covers: sqlTime(coversMs),
    span_count: spanCount,
    outcome: summary.outcome,
    facts_hash: summary.factsHash,
    kind: summary.kind,
    model: summary.model ?? '',
    prompt_version: summary.promptVersion ?? '',
    verdict: summary.verdict ?? '',
    tokens_in: summary.tokensIn,
    tokens_out: summary.tokensOut,
    cost_usd: summary.costUsd,
    headline: summary.headline,
    text: storyText(summary),
    sentences: JSON.stringify(summary.sentences),
    facts: JSON.stringify(facts),
  }));
  if (rows.length === 0) return;
  await db.insertRows('summaries', rows);
  await recordSetAside(db, projectId, 'summaries', atMs, { done: rows.map(({ trace_id }) => trace_id) });
}

const READ_NEWEST = `
SELECT trace_id AS traceId, toString(received_at) AS at, toUnixTimestamp64Milli(covers) AS coversMs,
  span_count AS spanCount, outcome, facts_hash AS factsHash, kind, model, prompt_version AS promptVersion, verdict,
  tokens_in AS tokensIn, tokens_out AS tokensOut, cost_usd AS costUsd, headline, sentences
FROM summaries
WHERE project_id = {projectId:String} AND trace_id IN {traceIds:Array(String)}
ORDER BY received_at DESC
LIMIT 1 BY trace_id`;

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>>;

/** The newest readable summary of each run, by trace id; unreadable ones are written anew. @throws StorageError */
export async function readSummaries(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
): Promise<Map<string, StoredSummary>> {
  if (traceIds.length === 0) return new Map();
  const rows = await db.query<Row>(READ_NEWEST, { projectId, traceIds }, { maxThreads: 1 });
  return new Map(
    rows.flatMap((row) => {
      const stored = toStored(row);
      return stored === null ? [] : [[String(row.traceId), stored] as const];
    }),
  );
}

const textOrNull = (cell: Cell | undefined): string | null => (cell === '' || cell == null ? null : String(cell));
const numberOrNull = (cell: Cell | undefined): number | null => (cell == null ? null : Number(cell));

function toStored(row: Row): StoredSummary | null {
  const sentences = sentencesOf(String(row.sentences));
  const parsed = runSummarySchema.safeParse({
    traceId: row.traceId,
    outcome: row.outcome,
    headline: row.headline,
    sentences,
    kind: row.kind,
    model: textOrNull(row.model),
    promptVersion: textOrNull(row.promptVersion),
    tokensIn: numberOrNull(row.tokensIn),
    tokensOut: numberOrNull(row.tokensOut),
    costUsd: numberOrNull(row.costUsd),
    verdict: textOrNull(row.verdict),
    factsHash: row.factsHash,
    writtenAt: `${String(row.at).replace(' ', 'T')}Z`,
  });
  if (!parsed.success) return null;
  return { summary: parsed.data, spanCount: Number(row.spanCount), coversMs: Number(row.coversMs) };
}

function sentencesOf(json: string): unknown {
  try {
    return z.array(summarySentenceSchema).parse(JSON.parse(json));
  } catch {
    return null;
  }
}

const READ_MODEL_HEADLINES = `
SELECT trace_id AS traceId, headline, span_count AS spanCount FROM (
  SELECT trace_id, headline, span_count, kind FROM summaries
  WHERE project_id = {projectId:String} AND trace_id IN {traceIds:Array(String)}
  ORDER BY received_at DESC LIMIT 1 BY trace_id
) WHERE kind = 'model'`;

/** Headlines of those runs whose last summary an LLM wrote, with the number of spans it knew. @throws StorageError */
export async function readModelHeadlines(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
): Promise<Map<string, { headline: string; spanCount: number }>> {
  if (traceIds.length === 0) return new Map();
  const rows = await db.query<{ traceId: string; headline: string; spanCount: number }>(
    READ_MODEL_HEADLINES,
    { projectId, traceIds },
    { maxThreads: 1 },
  );
  return new Map(rows.map(({ traceId, headline, spanCount }) => [traceId, { headline, spanCount }]));
}
