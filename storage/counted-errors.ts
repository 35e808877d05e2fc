// Which rows of the errors table count as an error, when, and which only repeat one.
import type { Params } from './database.ts';

const MINUTE_MS = 60_000;
/** An error that ended longer than this before its receipt is history: kept and shown, never counted. */
const TOO_LATE_MS = 120 * MINUTE_MS;
/** Up to this much in the future is a clock slightly wrong; beyond it the time of receipt counts instead. */
export const FUTURE_MS = 2 * MINUTE_MS;

/** Parameters of the SQL below. */
export const COUNTING = { future: FUTURE_MS, tooLate: TOO_LATE_MS } as const satisfies Params;

// One row per span. Errors count when they happened, not when they came in: a span sent again stays where it was, and
// an hour of errors delivered at once is not a burst.
const onePerSpan = (fingerprints: string) => `
  SELECT
    trace_id, span_id,
    argMax(fingerprint, received_at) AS print,
    argMax(start_time, received_at) AS started,
    argMax(end_time, received_at) AS ended,
    toUnixTimestamp64Milli(ended) AS ended_ms,
    toUnixTimestamp64Milli(min(received_at)) AS received_ms,
    if(ended_ms > received_ms + {future:Int64}, received_ms, ended_ms) AS at,
    argMax(if(agent = '', service, agent), received_at) AS who,
    argMax(name, received_at) AS step,
    argMax(error_type, received_at) AS type,
    argMax(error_template, received_at) AS template
  FROM errors
  WHERE project_id = {project:String}
    AND received_at > fromUnixTimestamp64Milli({historyAfter:Int64}, 'UTC')
    AND trace_id IN (
      SELECT trace_id FROM errors
      WHERE project_id = {project:String}
        AND received_at > fromUnixTimestamp64Milli({historyAfter:Int64}, 'UTC')
        AND ${fingerprints})
  GROUP BY trace_id, span_id
  HAVING received_ms - ended_ms <= {tooLate:Int64}`;

// An error that is thrown on marks every step around it: same trace, type and text, a longer stretch of time. Only the
// innermost counts, or one failing tool would be a pattern of its own at each level. Compared with a sample, so that
// a loop of thousands in one trace stays cheap.
/**
 * SQL that selects `trace, fingerprint, span, at_ms, agent, step, error_type, error_template` of the errors received
 * after `{historyAfter:Int64}` in traces that have a row for which `fingerprints` (SQL) holds. Other parameters:
 * `project`, and COUNTING.
 */
export const countedErrors = (fingerprints: string) => `
  SELECT
    trace,
    counted.1 AS fingerprint,
    concat(trace, counted.2) AS span,
    counted.5 AS at_ms,
    counted.6 AS agent,
    counted.7 AS step,
    type AS error_type,
    template AS error_template
  FROM (
    SELECT trace, type, template, arrayJoin(arrayFilter(
      outer -> NOT arrayExists(
        inner -> inner.1 != outer.1 AND inner.3 >= outer.3 AND inner.4 <= outer.4
          AND (inner.3 > outer.3 OR inner.4 < outer.4),
        sample),
      members)) AS counted
    FROM (
      SELECT
        lower(hex(trace_id)) AS trace, type, template,
        groupArray((print, lower(hex(span_id)), started, ended, at, who, step)) AS members,
        arraySlice(members, 1, 64) AS sample
      FROM (${onePerSpan(fingerprints)})
      GROUP BY trace_id, type, template))`;
