// Log records: of one span, of a whole run, and those that name no run.
import type { LogQuery } from '#contracts/search';
import { LOGS_MAX, type LogList, type SpanLog } from '#contracts/span';
import { evaluationOfLog } from '#domain/run/evaluations';
import { decodeAttributes } from './attributes.ts';
import type { Database } from './database.ts';
import { storedName } from './native/cut-name.ts';

/** The most records that come with a span. */
const MAX_SPAN_LOGS = 200;
const NO_SPAN = '0000000000000000';

const COLUMNS = `toString(time), lower(hex(span_id)), severity_number, severity_text, event_name, body,
  mapKeys(attributes), mapValues(attributes), attribute_types`;

// A record that was sent twice is one before and after the engine has merged its copies.
const READ_SPAN_LOGS = `
SELECT ${COLUMNS}
FROM logs
WHERE project_id = {projectId:String} AND trace_id = {traceId:Id16} AND span_id = {spanId:Id8}
ORDER BY time, record_id
LIMIT 1 BY record_id
LIMIT ${MAX_SPAN_LOGS + 1}`;

const readTrace = (condition: string) => `
SELECT ${COLUMNS}
FROM logs
WHERE project_id = {projectId:String} AND trace_id = {traceId:Id16}${condition}
ORDER BY time, record_id
LIMIT 1 BY record_id
LIMIT ${LOGS_MAX + 1}`;
const READ_TRACE_LOGS = readTrace('');
const READ_TRACE_LOGS_WITHOUT_SPAN = readTrace(" AND span_id = toFixedString('', 8)");

// Records without a trace have no span either that could be found, so they stand together, by time.
const READ_STRAY_LOGS = `
SELECT ${COLUMNS}
FROM logs
WHERE project_id = {projectId:String} AND trace_id = toFixedString('', 16)
  AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
  AND (empty({services:Array(String)}) OR has({services:Array(String)}, service))
ORDER BY time DESC, record_id DESC
LIMIT 1 BY record_id
LIMIT ${LOGS_MAX + 1}`;

type Row = readonly [string, string, number, string, string, string, string[], string[], string];

/**
 * Reads the records that name this span (ids in lower-case hex), oldest first, each once.
 * @throws StorageError
 */
export async function readSpanLogs(
  db: Database,
  projectId: string,
  traceId: string,
  spanId: string,
): Promise<{ logs: SpanLog[]; logsTruncated: boolean }> {
  const rows = await db.queryTuples<Row>(READ_SPAN_LOGS, { projectId, traceId, spanId });
  return { logs: rows.slice(0, MAX_SPAN_LOGS).map(toSpanLog), logsTruncated: rows.length > MAX_SPAN_LOGS };
}

/**
 * Reads the records that name this trace, with and without a span, oldest first, each once, at most `LOGS_MAX`.
 * @param onlyWithoutSpan leave out those that name a span
 * @throws StorageError
 */
export async function readTraceLogs(
  db: Database,
  projectId: string,
  traceId: string,
  onlyWithoutSpan = false,
): Promise<LogList> {
  const sql = onlyWithoutSpan ? READ_TRACE_LOGS_WITHOUT_SPAN : READ_TRACE_LOGS;
  return toList(await db.queryTuples<Row>(sql, { projectId, traceId }));
}

/** The end of what the column can hold (2262), in ms since 1970. */
const LAST_MS = 9_223_372_036_000;

/**
 * Reads the records that name no trace, newest first, each once, at most `LOGS_MAX`.
 * @throws StorageError
 */
export async function readStrayLogs(db: Database, projectId: string, query: LogQuery): Promise<LogList> {
  const { from = 0, to = LAST_MS, service: services = [] } = query;
  const params = {
    projectId,
    fromMs: BigInt(Math.ceil(from)),
    toMs: BigInt(Math.ceil(to)),
    services: services.map(storedName),
  };
  return toList(await db.queryTuples<Row>(READ_STRAY_LOGS, params));
}

function toList(rows: readonly Row[]): LogList {
  return { logs: rows.slice(0, LOGS_MAX).map(toSpanLog), truncated: rows.length > LOGS_MAX };
}

function toSpanLog(row: Row): SpanLog {
  const [time, spanId, severity, severityText, eventName, body, keys, values, types] = row;
  const said = { eventName, body, attributes: decodeAttributes(keys, types, values) };
  return {
    time: `${time.replace(' ', 'T')}Z`,
    spanId: spanId === NO_SPAN ? null : spanId,
    severityNumber: Number(severity),
    severityText,
    ...said,
    evaluation: evaluationOfLog(said),
  };
}
