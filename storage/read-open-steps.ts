// What the processes of some traces said to be at work on, by their newest word.
import type { OpenStep } from '#contracts/open-step';
import type { SpanKind } from '#contracts/span';
import type { Database } from './database.ts';

/** More open steps of one trace than this are not shown: the earliest are. */
const MAX_STEPS_A_TRACE = 1000;

// A step is written again while it lasts; its newest row counts before and after the engine has merged them. Steps that
// ended stay here until they are too old, so the spans say which are still open (contracts/open-step.ts).
const READ_OPEN_STEPS = `
SELECT lower(hex(trace_id)), lower(hex(span_id)), lower(hex(parent_span_id)), name, kind, service, agent, session_id,
  user_id, toString(start_time), is_waiting, waiting_for, toString(seen_at), toUnixTimestamp64Milli(alive_until)
FROM (
  SELECT *, received_at AS seen_at
  FROM open_steps
  WHERE project_id = {projectId:String} AND trace_id IN {traceIds:Array(Id16)}
  ORDER BY received_at DESC
  LIMIT 1 BY trace_id, span_id
)
ORDER BY trace_id, start_time, span_id
LIMIT ${MAX_STEPS_A_TRACE} BY trace_id`;

type Text = string;
type Row = readonly [Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, number, Text, Text, Text];

/**
 * The steps that were announced, by trace id (lower-case hex), each in order of start. Traces without any are left out.
 * @param nowMs the time to judge by whether their process is alive, ms since 1970
 * @throws StorageError
 */
export async function readOpenSteps(
  db: Database,
  projectId: string,
  traceIds: readonly string[],
  nowMs: number,
): Promise<Map<string, OpenStep[]>> {
  const steps = new Map<string, OpenStep[]>();
  if (traceIds.length === 0) return steps;
  const rows = await db.queryTuples<Row>(READ_OPEN_STEPS, { projectId, traceIds }, { maxThreads: 1 });
  for (const row of rows) {
    const known = steps.get(row[0]);
    if (known === undefined) steps.set(row[0], [toOpenStep(row, nowMs)]);
    else known.push(toOpenStep(row, nowMs));
  }
  return steps;
}

const orNull = (text: string): string | null => (text === '' ? null : text);

function toOpenStep(row: Row, nowMs: number): OpenStep {
  const [, spanId, parent, name, kind, service, agent, session, user, start, isWaiting, waitingFor, seen, until] = row;
  const isAlive = Number(until) > nowMs;
  return {
    spanId,
    parentSpanId: /^0*$/.test(parent) ? null : parent,
    name,
    kind: kind as SpanKind,
    service,
    agent: orNull(agent),
    sessionId: orNull(session),
    userId: orNull(user),
    startTime: `${start.replace(' ', 'T')}Z`,
    state: !isAlive ? 'stalled' : Number(isWaiting) === 1 ? 'waiting' : 'running',
    waitingFor: orNull(waitingFor),
    lastSeenAt: `${seen.replace(' ', 'T')}000000Z`,
  };
}
