// What was spent on models, and what they answered: the ledger behind the daily cap, and the cache.
import type { Period } from '#domain/local-time';
import type { Database } from './database.ts';
import { sqlTime } from './sql-time.ts';

export interface ModelCall {
  readonly callId: string;
  /** The day it counts for, YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly traceId: string;
  readonly model: string;
  readonly promptVersion: string;
}

export interface CallEnd {
  /** Millionths of a dollar. */
  readonly microUsd: number;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  /** One word: answered, refused, timeout … */
  readonly outcome: string;
}

/**
 * Notes a call: first what is set aside for it, then what it came to. The second replaces the first; a repeat of either
 * changes nothing.
 * @param atMs ms since 1970
 * @throws StorageError
 */
export async function noteModelCall(
  db: Database,
  projectId: string,
  atMs: number,
  call: ModelCall,
  { step, end }: { readonly step: 'reserved' | 'settled'; readonly end: CallEnd },
): Promise<void> {
  await db.insertRows('model_calls', [
    {
      project_id: projectId,
      day: call.day,
      call_id: call.callId,
      step: step === 'reserved' ? 0 : 1,
      received_at: sqlTime(atMs),
      trace_id: call.traceId,
      model: call.model,
      prompt_version: call.promptVersion,
      micro_usd: end.microUsd,
      tokens_in: end.tokensIn,
      tokens_out: end.tokensOut,
      outcome: end.outcome,
    },
  ]);
}

const READ_SPENT = `
SELECT sum(microUsd) AS microUsd FROM (
  SELECT argMax(micro_usd, step) AS microUsd FROM model_calls
  WHERE project_id = {projectId:String} AND day = {day:String} GROUP BY call_id
)`;

/** Millionths of a dollar set aside or spent on this day (YYYY-MM-DD, UTC), by every process. @throws StorageError */
export async function readSpent(db: Database, projectId: string, day: string): Promise<number> {
  const [row] = await db.query<{ microUsd: string }>(READ_SPENT, { projectId, day }, { maxThreads: 1 });
  return Number(row?.microUsd ?? 0);
}

/** In place of the id of a call: the day's money did not suffice for one more. */
const USED_UP = 'used up';

const READ_USED_UP = `
SELECT 1 AS is FROM model_calls WHERE project_id = {projectId:String} AND day = {day:String} AND call_id = {id:String} LIMIT 1`;

/**
 * Notes that the money of a day did not suffice for a call that was wanted; the first of a day holds.
 * @param atMs ms since 1970
 * @throws StorageError
 */
export async function noteUsedUp(
  db: Database,
  projectId: string,
  atMs: number,
  call: Omit<ModelCall, 'callId'>,
): Promise<void> {
  const isNoted = await db.query(READ_USED_UP, { projectId, day: call.day, id: USED_UP }, { maxThreads: 1 });
  if (isNoted.length > 0) return;
  const end = { microUsd: 0, tokensIn: null, tokensOut: null, outcome: 'used_up' };
  await noteModelCall(db, projectId, atMs, { ...call, callId: USED_UP }, { step: 'settled', end });
}

const READ_WHEN_USED_UP = `
SELECT toUnixTimestamp64Milli(min(received_at)) AS atMs FROM model_calls
WHERE project_id = {projectId:String} AND call_id = {id:String}
  AND received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
GROUP BY day ORDER BY day LIMIT 1`;

/** When in the period the money of a day was first used up, ms since 1970; null when it sufficed. @throws StorageError */
export async function readUsedUpMs(db: Database, projectId: string, { fromMs, toMs }: Period): Promise<number | null> {
  const params = { projectId, id: USED_UP, from: fromMs, to: toMs };
  const [row] = await db.query<{ atMs: string }>(READ_WHEN_USED_UP, params, { maxThreads: 1 });
  return row === undefined ? null : Number(row.atMs);
}

export interface KeptAnswer {
  /** The run it was asked for first. */
  readonly traceId: string;
  /** As the model wrote it, JSON; '' when there was none to use. */
  readonly answer: string;
  /** Why there was none; '' otherwise. */
  readonly why: string;
}

const READ_ANSWER = `
SELECT trace_id AS traceId, answer, why FROM model_answers
WHERE project_id = {projectId:String} AND key = {key:String} ORDER BY received_at DESC LIMIT 1`;

/** What was answered to this question before; null when it was not asked yet. @throws StorageError */
export async function readAnswer(db: Database, projectId: string, key: string): Promise<KeptAnswer | null> {
  return (await db.query<KeptAnswer>(READ_ANSWER, { projectId, key }, { maxThreads: 1 }))[0] ?? null;
}

/** @param atMs ms since 1970 @throws StorageError */
export async function keepAnswer(
  db: Database,
  projectId: string,
  atMs: number,
  kept: KeptAnswer & { readonly key: string; readonly model: string; readonly promptVersion: string },
): Promise<void> {
  const { key, traceId, model, promptVersion, answer, why } = kept;
  const row = { key, trace_id: traceId, model, prompt_version: promptVersion, answer, why };
  await db.insertRows('model_answers', [{ project_id: projectId, received_at: sqlTime(atMs), ...row }]);
}
