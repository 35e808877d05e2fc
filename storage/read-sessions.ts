// Sessions: the folded rows of `runs` find and order them, the spans of their runs give exact figures.
import type { Run } from '#contracts/run';
import type { SessionQuery } from '#contracts/search';
import type { Session, SessionDetail, SessionPage } from '#contracts/session';
import { TelltaleError } from '#domain/errors';
import { SESSION_MAX_RUNS, sumUpSession } from '#domain/run/sum-up-session';
import type { Database } from './database.ts';
import { findTraces } from './find-traces.ts';
import { eachKnownBatch } from './known-runs.ts';
import { storedName } from './native/cut-name.ts';
import { type SummarizedRun, summarizeRuns } from './read-summary.ts';
import { withModelHeadlines } from './search-runs.ts';
import { withStoredNames } from './stored-names.ts';
import { eachSummedRun } from './summed-runs.ts';
import { composeSessions } from './where-sessions.ts';

interface Row {
  readonly sessionId: string;
  readonly lastNs: string;
  readonly runCount: string;
  readonly traceIds: readonly string[];
}

/**
 * A page of sessions, the one whose last run began last first.
 * @param nowMs the time to judge by whether a run still runs, ms since 1970
 * @throws StorageError; TelltaleError bad_request for a cursor that is not ours
 */
export async function readSessions(
  db: Database,
  projectId: string,
  query: SessionQuery,
  nowMs: number,
): Promise<SessionPage> {
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
  const { sql, params } = composeSessions(projectId, withStoredNames(query), after);
  const rows = await db.query<Row>(sql, params);
  const page = rows.slice(0, query.limit);
  const sessions = await sumUpAll(db, projectId, page, nowMs);
  const last = page.at(-1);
  const isMore = rows.length > query.limit && last !== undefined;
  return { sessions, nextCursor: isMore ? encodeCursor(last) : null };
}

async function sumUpAll(db: Database, projectId: string, page: readonly Row[], nowMs: number): Promise<Session[]> {
  const wanted = [...new Set(page.flatMap(newestOf))];
  const asked = page.map(({ sessionId }) => sessionId);
  const summed: Run[] = [];
  /** Sessions of the page that each run names. */
  const sessionsOf = new Map<string, ReadonlySet<string>>();
  await eachSummedRun(db, projectId, await findTraces(db, projectId, wanted), nowMs, (traceId, { run, has }) => {
    summed.push(run);
    sessionsOf.set(traceId, new Set(asked.filter((sessionId) => has('sessionId', [sessionId]))));
  });
  const runs = new Map((await withModelHeadlines(db, projectId, summed)).map((run) => [run.traceId, run]));
  return page.flatMap((row) => {
    // The newest copies of its spans may name another session.
    const own = newestOf(row).flatMap((traceId) =>
      sessionsOf.get(traceId)?.has(row.sessionId) === true ? (runs.get(traceId) ?? []) : [],
    );
    return own.length === 0 ? [] : [sumUpSession(row.sessionId, inOrder(own), countOf(row, own.length))];
  });
}

/** A run of several hours has several rows: each id once. */
const newestOf = ({ traceIds }: Row): string[] => [...new Set(traceIds)].slice(0, SESSION_MAX_RUNS);
const countOf = (row: Row, own: number): number =>
  Number(row.runCount) > SESSION_MAX_RUNS ? Number(row.runCount) : own;

function inOrder<T extends { readonly startTime: string; readonly traceId: string }>(runs: readonly T[]): T[] {
  return [...runs].sort((a, b) =>
    a.startTime === b.startTime ? (a.traceId < b.traceId ? -1 : 1) : a.startTime < b.startTime ? -1 : 1,
  );
}

const READ_ONE = `
SELECT lower(hex(trace_id)) AS traceId FROM runs
WHERE project_id = {projectId:String} AND has(session_ids, {sessionId:String})
GROUP BY trace_id
ORDER BY min(start_time) DESC, trace_id DESC`;

/** One session with its runs and their summaries, the oldest first; null when no run has it. @throws StorageError */
export async function readSession(
  db: Database,
  projectId: string,
  asked: string,
  nowMs: number,
): Promise<SessionDetail | null> {
  const sessionId = storedName(asked);
  const rows = await db.query<{ traceId: string }>(READ_ONE, { projectId, sessionId });
  const wanted = rows.slice(0, SESSION_MAX_RUNS).map(({ traceId }) => traceId);
  const summarized = new Map<string, SummarizedRun>();
  await eachKnownBatch(db, projectId, await findTraces(db, projectId, wanted), nowMs, async (known) => {
    const own = new Map([...known].filter(([, run]) => run.has('sessionId', [sessionId])));
    for (const [traceId, run] of await summarizeRuns(db, projectId, own, nowMs)) summarized.set(traceId, run);
  });
  const runs = inOrder(
    [...summarized.values()].map((each: SummarizedRun) => ({ ...each, ...each.run, summarized: each })),
  );
  if (runs.length === 0) return null;
  const count = rows.length > SESSION_MAX_RUNS ? rows.length : runs.length;
  return {
    session: sumUpSession(
      sessionId,
      runs.map(({ summarized: { run } }) => run),
      count,
    ),
    runs: runs.map(({ summarized: { run, summary } }) => ({ run, summary })),
  };
}

const encodeCursor = ({ lastNs, sessionId }: Row): string =>
  Buffer.from(JSON.stringify([lastNs, sessionId])).toString('base64url');

function decodeCursor(cursor: string): { lastNs: string; sessionId: string } {
  try {
    const [lastNs, sessionId] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof lastNs === 'string' && /^\d{1,19}$/.test(lastNs) && typeof sessionId === 'string')
      return { lastNs, sessionId };
  } catch {
    // Not ours: said below.
  }
  throw new TelltaleError('bad_request', 'cursor: not a cursor of this list', {
    hint: 'Take nextCursor from the page before as it is, or leave cursor out to start with the newest session.',
  });
}
