// What rules measure, as SQL: each source selects one row per run, decision or step that was first received in a range.
// Receipt decides, so what was judged once stays as it was; the newest copy of a span counts, and never twice.
import type { Params } from './database.ts';

/** What ended longer than this before its receipt is history: kept and shown, never measured. As for errors. */
const TOO_LATE_MS = 2 * 3_600_000;

/** What is read besides the range, to know what a span in it belongs to. */
const CONTEXT_MS = 3_600_000;

export const MEASURE_SOURCES = [
  'runs',
  'escalations',
  'decisions',
  'drift',
  'dead_letters',
  'circuits',
  'cost',
  'lost_runs',
] as const;
export type MeasureSource = (typeof MEASURE_SOURCES)[number];

/** Parameters of every source besides `project`, `from`, `to` (ms since 1970, from excluded) and the scope. */
export const sourceParams = (fromMs: number): Params => ({ tooLate: TOO_LATE_MS, context: fromMs - CONTEXT_MS });

/** A span without a parent. */
export const ROOT = `parent_span_id = toFixedString('', 8)`;
/** Of the project, received in the range or, with what came before it, in its context. */
export const received = (since: 'from' | 'context') => `project_id = {project:String}
      AND received_at > fromUnixTimestamp64Milli({${since}:Int64}, 'UTC')
      AND received_at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

/** The newest copy of each span. @param since what is read: the range, or also what came before it */
const newestSpans = (since: 'from' | 'context', which: string, extra: string) => `
    SELECT
      trace_id, span_id,
      toUnixTimestamp64Milli(min(received_at)) AS first_ms,
      argMax(if(agent = '', service, agent), received_at) AS of_agent,
      argMax(CAST(service, 'String'), received_at) AS of_service,
      argMax(CAST(service_version, 'String'), received_at) AS of_version,
      argMax(CAST(tool_name, 'String'), received_at) AS of_tool,
      argMax(CAST(model, 'String'), received_at) AS of_model,
      argMax(CAST(if(tool_name = '', name, tool_name), 'String'), received_at) AS of_step,
      argMax(CAST(error_type, 'String'), received_at) AS of_error,
      argMax(start_time, received_at) AS started,
      argMax(duration_ns, received_at) AS lasted_ns,
      ${extra}
    FROM spans
    WHERE ${received(since)} AND ${which}
    GROUP BY trace_id, span_id
    HAVING first_ms - toUnixTimestamp64Milli(addNanoseconds(started, lasted_ns)) <= {tooLate:Int64}`;

const IN_SCOPE = `(empty({agents:Array(String)}) OR has({agents:Array(String)}, of_agent))
    AND (empty({services:Array(String)}) OR has({services:Array(String)}, of_service))`;

/** A run counts when its root comes in; of several roots the first speaks. */
const runs = (hit: string) => `
  SELECT
    argMin(of_agent, started) AS subject, subject AS agent, lower(hex(trace_id)) AS trace, trace AS unit,
    min(first_ms) AS first_ms, argMin(${hit}, started) AS hit,
    argMin(toFloat64(lasted_ns) / 1e6, started) AS amount,
    argMin(of_version, started) AS version, '' AS tool, '' AS model, argMin(of_step, started) AS step,
    argMin(of_error, started) AS error_type, '' AS note
  FROM (${newestSpans('from', ROOT, 'argMax(is_error, received_at) AS failed')})
  WHERE ${IN_SCOPE}
  GROUP BY trace_id`;

const FAILED = `toUInt8(failed = 1 AND (empty({errorTypes:Array(String)}) OR has({errorTypes:Array(String)}, of_error)))`;

const ESCALATED = `toUInt8(trace_id IN (
      SELECT trace_id FROM spans
      WHERE ${received('context')}
        AND (kind = 'escalation' OR decision_outcome = 'escalated' OR (escalation_target != '' AND kind != 'handoff'))))`;

// The sources of a confidence are never mixed, so each is a subject of its own.
const DECISIONS = `
  SELECT
    concat(of_name, ' (', of_source, ')') AS subject, of_agent AS agent, lower(hex(trace_id)) AS trace,
    concat(trace, lower(hex(span_id))) AS unit, first_ms, toUInt8(of_confidence < of_threshold) AS hit,
    0. AS amount, of_version AS version, '' AS tool, '' AS model, of_name AS step, '' AS error_type, '' AS note
  FROM (
    SELECT
      trace_id, span_id,
      toUnixTimestamp64Milli(min(received_at)) AS first_ms,
      argMax(CAST(decision_name, 'String'), received_at) AS of_name,
      argMax(if(confidence_source = '', 'unnamed source', CAST(confidence_source, 'String')), received_at) AS of_source,
      argMax(if(agent = '', service, agent), received_at) AS of_agent,
      argMax(CAST(service, 'String'), received_at) AS of_service,
      argMax(CAST(service_version, 'String'), received_at) AS of_version,
      argMax(start_time, received_at) AS started,
      argMax((confidence, threshold), received_at) AS sureness,
      sureness.1 AS of_confidence, sureness.2 AS of_threshold
    FROM decisions
    WHERE ${received('from')}
    GROUP BY trace_id, span_id
    HAVING of_confidence IS NOT NULL AND of_threshold IS NOT NULL
      AND first_ms - toUnixTimestamp64Milli(started) <= {tooLate:Int64}
  )
  WHERE ${IN_SCOPE} AND (empty({decisions:Array(String)}) OR has({decisions:Array(String)}, of_name))`;

/** How the marks (contracts/mark.ts) of these sources begin. */
const MARKS = { drift: 'schema_changed: ', dead_letters: 'dead_letter', circuits: 'circuit: open' } as const;

/** Whether a span has a mark of the source. */
export const hasMark = (source: keyof typeof MARKS, column = 'marks'): string =>
  `arrayExists(m -> startsWith(m, '${MARKS[source]}'), ${column})`;

/** Steps with a mark of the source; what follows in the mark is the note. */
const marked = (source: keyof typeof MARKS, subject: string) => `
  SELECT
    ${subject} AS subject, of_agent AS agent, lower(hex(trace_id)) AS trace, concat(trace, lower(hex(span_id))) AS unit,
    first_ms, toUInt8(1) AS hit, 0. AS amount, of_version AS version, of_tool AS tool, of_model AS model,
    of_step AS step, of_error AS error_type, note
  FROM (
    SELECT *, replaceRegexpOne(substring(arrayFirst(m -> startsWith(m, '${MARKS[source]}'), of_marks), ${MARKS[source].length + 1}), '^[: ]+', '') AS note
    FROM (${newestSpans(
      'context',
      `trace_id IN (SELECT trace_id FROM spans WHERE ${received('from')} AND ${hasMark(source)})`,
      'argMax(marks, received_at) AS of_marks',
    )})
    WHERE first_ms > {from:Int64} AND ${hasMark(source, 'of_marks')}
  )
  WHERE ${IN_SCOPE} AND (empty({errorTypes:Array(String)}) OR has({errorTypes:Array(String)}, of_error))`;
const AGENT_AND_STEP = `concat(of_agent, ' · ', of_step)`;

// Many frameworks repeat the sum of the children on the parent. A report counts when no step right below it reports, and,
// on an agent or a wrapper, only where no other step of the run reports (domain/run/run-totals.ts does it exactly).
const COST = `
  SELECT
    report.3 AS subject, subject AS agent, lower(hex(trace_id)) AS trace, trace AS unit, report.4 AS first_ms,
    toUInt8(1) AS hit, report.5 AS amount, report.7 AS version, '' AS tool, report.8 AS model, '' AS step,
    '' AS error_type, '' AS note
  FROM (
    SELECT trace_id, arrayJoin(arrayFilter(
      r -> NOT has(arrayMap(x -> x.2, reports), r.1) AND (r.6 = 0 OR NOT arrayExists(x -> x.6 = 0, reports)), reports)) AS report
    FROM (
      SELECT trace_id, groupArray((span_id, of_parent, of_agent, first_ms, of_cost, is_around, of_version, of_model)) AS reports
      FROM (
        SELECT *, assumeNotNull(maybe_cost) AS of_cost FROM (${newestSpans(
          'context',
          'cost_usd IS NOT NULL',
          `argMax(parent_span_id, received_at) AS of_parent,
      argMax(tuple(cost_usd), received_at).1 AS maybe_cost,
      argMax(toUInt8(kind IN ('agent', 'other')), received_at) AS is_around`,
        )})
        WHERE maybe_cost IS NOT NULL AND ${IN_SCOPE}
      )
      GROUP BY trace_id
    )
  )
  WHERE first_ms > {from:Int64}`;

// A run is lost when its process gave no sign of life any more while a step was open (ADR 0046), and no end ever came.
// It counts at the moment up to which it was known to live.
const ANNOUNCED = `SELECT trace_id FROM open_steps WHERE ${received('context')}`;
const LOST_RUNS = `
  SELECT
    argMin(of_agent, started) AS subject, subject AS agent, lower(hex(trace_id)) AS trace, trace AS unit,
    max(alive_ms) AS first_ms, toUInt8(1) AS hit, 0. AS amount, '' AS version, '' AS tool, '' AS model,
    argMax(of_step, started) AS step, '' AS error_type, '' AS note
  FROM (
    SELECT
      trace_id, span_id,
      toUnixTimestamp64Milli(max(alive_until)) AS alive_ms,
      argMax(if(agent = '', service, agent), received_at) AS of_agent,
      argMax(CAST(service, 'String'), received_at) AS of_service,
      argMax(CAST(name, 'String'), received_at) AS of_step,
      min(start_time) AS started
    FROM open_steps
    WHERE ${received('context')}
    GROUP BY trace_id, span_id
  )
  WHERE ${IN_SCOPE}
    AND trace_id NOT IN (
      SELECT trace_id FROM spans
      WHERE project_id = {project:String} AND received_at > fromUnixTimestamp64Milli({context:Int64}, 'UTC')
        AND ${ROOT} AND trace_id IN (${ANNOUNCED}))
    AND (trace_id, span_id) NOT IN (
      SELECT trace_id, span_id FROM spans
      WHERE project_id = {project:String} AND received_at > fromUnixTimestamp64Milli({context:Int64}, 'UTC')
        AND trace_id IN (${ANNOUNCED}))
  GROUP BY trace_id
  HAVING first_ms > {from:Int64} AND first_ms <= {to:Int64}`;

/**
 * SQL of each source. Columns: `subject` (what is measured), `agent`, `trace` (hex), `unit` (names what is counted),
 * `first_ms` (when it counts), `hit` (whether it is one of those that matter), `amount` (ms, USD or 0), `version`,
 * `tool`, `model`, `step`, `error_type`, `note`.
 */
export const SOURCE_SQL: Readonly<Record<MeasureSource, string>> = {
  runs: runs(FAILED),
  escalations: runs(ESCALATED),
  decisions: DECISIONS,
  drift: marked('drift', AGENT_AND_STEP),
  dead_letters: marked('dead_letters', AGENT_AND_STEP),
  circuits: marked('circuits', `if(note = '', ${AGENT_AND_STEP}, note)`),
  cost: COST,
  lost_runs: LOST_RUNS,
};
