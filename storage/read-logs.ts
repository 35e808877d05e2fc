// The log records of one span.
import type { SpanLog } from '#schema/span';
import { decodeAttributes } from './attributes.ts';
import type { Database } from './database.ts';

const MAX_LOGS = 200;

// A record that was sent twice is one before and after the engine has merged its copies.
const READ_LOGS = `
SELECT toString(time), severity_number, severity_text, event_name, body,
  mapKeys(attributes), mapValues(attributes), attribute_types
FROM logs
WHERE project_id = {projectId:String} AND trace_id = {traceId:Id16} AND span_id = {spanId:Id8}
ORDER BY time, record_id
LIMIT 1 BY record_id
LIMIT ${MAX_LOGS + 1}`;

type Row = readonly [string, number, string, string, string, string[], string[], string];

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
  const rows = await db.queryTuples<Row>(READ_LOGS, { projectId, traceId, spanId });
  return { logs: rows.slice(0, MAX_LOGS).map(toSpanLog), logsTruncated: rows.length > MAX_LOGS };
}

function toSpanLog([time, severity, severityText, eventName, body, keys, values, types]: Row): SpanLog {
  return {
    time: `${time.replace(' ', 'T')}Z`,
    severityNumber: Number(severity),
    severityText,
    eventName,
    body,
    attributes: decodeAttributes(keys, types, values),
  };
}
