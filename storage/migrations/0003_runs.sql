-- A light row per trace and hour: enough to find, filter and page runs. Every column folds by min, max or set union,
-- so a span that arrives twice, or an hour late, changes nothing it should not. Exact totals (spans, tokens, cost)
-- are read from spans for the few runs a page shows.
-- top_span is the least of (rank, start, name, is_error): rank 0 = no parent, 1 = parent in another process, 2 = others.
CREATE TABLE IF NOT EXISTS runs ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  start_time SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(Delta, ZSTD(1)),
  end_time SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(Delta, ZSTD(1)),
  received_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
  top_span SimpleAggregateFunction(min, Tuple(rank UInt8, start_time DateTime64(9, 'UTC'), name String, is_error UInt8)) CODEC(ZSTD(1)),
  any_error SimpleAggregateFunction(max, UInt8) CODEC(ZSTD(1)),
  min_confidence SimpleAggregateFunction(min, Nullable(Float64)) CODEC(ZSTD(1)),
  agents SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),
  services SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),
  models SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),
  error_types SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),
  session_ids SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),
  user_ids SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}AggregatingMergeTree
ORDER BY (project_id, hour, trace_id)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS runs_from_spans ${ON_CLUSTER} TO runs AS
SELECT
  project_id,
  toStartOfHour(s.start_time) AS hour,
  trace_id,
  min(s.start_time) AS start_time,
  max(addNanoseconds(s.start_time, s.duration_ns)) AS end_time,
  max(s.received_at) AS received_at,
  min(CAST(
    (multiIf(s.parent_span_id = toFixedString('', 8), 0, bitAnd(s.flags, 768) = 768 OR s.otel_kind IN (2, 5), 1, 2),
     s.start_time, s.name, s.is_error),
    'Tuple(rank UInt8, start_time DateTime64(9, \'UTC\'), name String, is_error UInt8)')) AS top_span,
  max(s.is_error) AS any_error,
  min(s.decision_confidence) AS min_confidence,
  groupUniqArrayIf(CAST(s.agent, 'String'), s.agent != '') AS agents,
  groupUniqArray(CAST(s.service, 'String')) AS services,
  groupUniqArrayIf(CAST(s.model, 'String'), s.model != '') AS models,
  groupUniqArrayIf(CAST(s.error_type, 'String'), s.error_type != '') AS error_types,
  groupUniqArrayIf(s.session_id, s.session_id != '') AS session_ids,
  groupUniqArrayIf(s.user_id, s.user_id != '') AS user_ids
FROM spans AS s
GROUP BY project_id, hour, trace_id;
