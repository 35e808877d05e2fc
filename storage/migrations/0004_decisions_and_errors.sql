-- One row per decision and one per error span, in the order they are asked for. A span sent twice is one row after
-- the next merge; readers take the newest row of a span at once.
CREATE TABLE IF NOT EXISTS decisions ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  decision_name LowCardinality(String) CODEC(ZSTD(1)),
  start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  service_version LowCardinality(String) CODEC(ZSTD(1)),
  agent LowCardinality(String) CODEC(ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  choice LowCardinality(String) CODEC(ZSTD(1)),
  options Array(String) CODEC(ZSTD(1)),
  confidence Nullable(Float64) CODEC(ZSTD(1)),
  confidence_source LowCardinality(String) CODEC(ZSTD(1)),
  threshold Nullable(Float64) CODEC(ZSTD(1)),
  outcome LowCardinality(String) CODEC(ZSTD(1)),
  is_error UInt8 CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(received_at)
ORDER BY (project_id, decision_name, start_time, trace_id, span_id)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS decisions_from_spans ${ON_CLUSTER} TO decisions AS
SELECT
  project_id, decision_name, start_time, trace_id, span_id, received_at, service, service_version, agent, session_id,
  decision_choice AS choice,
  decision_options AS options,
  decision_confidence AS confidence,
  decision_confidence_source AS confidence_source,
  decision_threshold AS threshold,
  decision_outcome AS outcome,
  is_error
FROM spans
WHERE kind = 'decision';

-- Read by the detector: by time of receipt since its cursor, then grouped by fingerprint.
CREATE TABLE IF NOT EXISTS errors ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  fingerprint String CODEC(ZSTD(1)),
  fingerprint_version UInt8 CODEC(ZSTD(1)),
  start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  end_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  service_version LowCardinality(String) CODEC(ZSTD(1)),
  agent LowCardinality(String) CODEC(ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  name LowCardinality(String) CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  tool_name LowCardinality(String) CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  error_type LowCardinality(String) CODEC(ZSTD(1)),
  error_message String CODEC(ZSTD(1)),
  error_template String CODEC(ZSTD(1)),
  INDEX received_at_range received_at TYPE minmax GRANULARITY 1
)
ENGINE = ${REPLICATED}ReplacingMergeTree(received_at)
PARTITION BY toDate(received_at)
ORDER BY (project_id, fingerprint, start_time, trace_id, span_id)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS errors_from_spans ${ON_CLUSTER} TO errors AS
SELECT
  project_id, fingerprint, fingerprint_version, start_time,
  addNanoseconds(start_time, duration_ns) AS end_time,
  trace_id, span_id, received_at, service, service_version, agent, session_id, name, kind, tool_name, model,
  error_type, error_message, error_template
FROM spans
WHERE is_error = 1;
