// Which rows of the errors table count as an error, when, and which only repeat one.
import type { Aliases } from '#domain/pattern/aliases';
import type { Params } from './database.ts';

const MINUTE_MS = 60_000;
/** An error that ended longer than this before its receipt is history: kept and shown, never counted. */
const TOO_LATE_MS = 120 * MINUTE_MS;
/** Up to this much in the future is a clock slightly wrong; beyond it the time of receipt counts instead. */
export const FUTURE_MS = 2 * MINUTE_MS;

/**
 * A sender has a slow clock when all its errors, received at different times, are older than this on receipt, and about
 * equally so. All of them move up by the smallest lag. What comes late in one go is late, not slow.
 */
const SLOW_CLOCK_MS = 15 * MINUTE_MS;
const LAG_SPREAD_MS = 10 * MINUTE_MS;

/** Parameters of the SQL below. */
export function counting(aliases: Aliases): Params {
  return {
    future: FUTURE_MS,
    tooLate: TOO_LATE_MS,
    slowClock: SLOW_CLOCK_MS,
    lagSpread: LAG_SPREAD_MS,
    minute: MINUTE_MS,
    // Never empty, which the engine would refuse; '' is no fingerprint.
    aliasFrom: ['', ...aliases.keys()],
    aliasTo: ['', ...aliases.values()],
  };
}

/**
 * SQL: the beginning of every statement with `CANONICAL` or `countedErrors` in it. People merge patterns by the thousand,
 * and a statement names them several times; so they are written once.
 */
export const WITH_ALIASES = 'WITH {aliasFrom:Array(String)} AS alias_from, {aliasTo:Array(String)} AS alias_to';

/** SQL: the pattern that a stored fingerprint counts as. */
export const CANONICAL = 'transform(fingerprint, alias_from, alias_to)';

/** What else may be asked of an error, and the SQL that says it of a row. */
const TRAITS = {
  agent: `if(agent = '', service, agent)`,
  version: 'service_version',
  tool: 'tool_name',
  model: 'model',
  provider: 'provider',
  peer: 'peer',
  step: 'name',
} as const;
type Trait = keyof typeof TRAITS;
export const ALL_TRAITS = Object.keys(TRAITS) as readonly Trait[];

/**
 * SQL: the window of the rows of one span, the newest first, all of them in the frame. Sorting takes half the time and
 * memory of keeping the newest copy of every column in a group.
 */
export const COPIES = `PARTITION BY trace_id, span_id ORDER BY received_at DESC
  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING`;

// One row per span. Errors count when they happened, not when they came in: a span sent again stays where it was, and
// an hour of errors delivered at once is not a burst.
const onePerSpan = (fingerprints: string, traits: readonly Trait[]) => `
  SELECT trace_id, span_id, print, started, ended, ended_ms, received_ms, sender, type, template
    ${traits.map((trait) => `, of_${trait}`).join('')}
  FROM (
    SELECT
      trace_id, span_id,
      ${CANONICAL} AS print,
      start_time AS started,
      end_time AS ended,
      toUnixTimestamp64Milli(ended) AS ended_ms,
      toUnixTimestamp64Milli(min(received_at) OVER copies) AS received_ms,
      if(source = '', service, source) AS sender,
      ${traits.map((trait) => `${TRAITS[trait]} AS of_${trait},`).join('\n      ')}
      error_type AS type,
      error_template AS template,
      row_number() OVER copies AS copy
    FROM errors
    WHERE project_id = {project:String}
      AND received_at > fromUnixTimestamp64Milli({historyAfter:Int64}, 'UTC')
      AND trace_id IN (
        SELECT trace_id FROM errors
        WHERE project_id = {project:String}
          AND received_at > fromUnixTimestamp64Milli({historyAfter:Int64}, 'UTC')
          AND ${fingerprints})
    WINDOW copies AS (${COPIES}))
  WHERE copy = 1 AND received_ms - ended_ms <= {tooLate:Int64}`;

// A fast clock counts at receipt. Moving all errors of a slow one by the same time keeps the distances between them.
const inTime = (fingerprints: string, traits: readonly Trait[]) => `
  SELECT *,
    min(received_ms - ended_ms) OVER (PARTITION BY sender) AS lag,
    max(received_ms - ended_ms) OVER (PARTITION BY sender) - lag AS lag_spread,
    max(received_ms) OVER (PARTITION BY sender) - min(received_ms) OVER (PARTITION BY sender) AS received_over,
    multiIf(
      ended_ms > received_ms + {future:Int64}, received_ms,
      lag > {slowClock:Int64} AND lag_spread <= {lagSpread:Int64} AND received_over >= {minute:Int64}, ended_ms + lag,
      ended_ms) AS at
  FROM (${onePerSpan(fingerprints, traits)})`;

// An error that is thrown on marks every step around it: same trace, type and text, a longer time range. Only the
// innermost counts, or one failing tool would be a pattern of its own at each level. Compared with a sample, so that
// a loop of thousands in one trace stays cheap.
/**
 * SQL that selects `trace, fingerprint, span, at_ms, is_skewed, error_type, error_template` and the traits of the errors
 * received after `{historyAfter:Int64}` in traces that have a row for which `fingerprints` (SQL) holds. Other
 * parameters: `project`, and those of `counting`. The statement begins with `WITH_ALIASES`.
 * @param traits each costs time for every error
 */
export const countedErrors = (fingerprints: string, traits: readonly Trait[]) => `
  SELECT
    trace,
    counted.1 AS fingerprint,
    concat(trace, counted.2) AS span,
    counted.5 AS at_ms,
    counted.6 AS is_skewed,
    ${traits.map((trait, i) => `counted.${7 + i} AS ${trait},`).join('\n    ')}
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
        groupArray((print, lower(hex(span_id)), started, ended, at, at != ended_ms${traits.map((trait) => `, of_${trait}`).join('')})) AS members,
        arraySlice(members, 1, 64) AS sample
      FROM (${inTime(fingerprints, traits)})
      GROUP BY trace_id, type, template))`;
