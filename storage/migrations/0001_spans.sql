-- One row per span. Skeleton columns first, payload columns (input, output, attributes, events…) last: a trace's
-- skeleton is read without touching the payload files.
-- Partitioned by the day of receipt, not of the span: our own clock bounds the number of partitions whatever a
-- client's clock says, and a whole day can be dropped when it is too old.
-- Sorted so that the spans of one trace stand together inside (service, five minutes); trace_index says which.
-- A span sent twice has the same sorting key: the engine keeps the newest at the next merge, readers do so at once.
CREATE TABLE IF NOT EXISTS spans ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(ZSTD(1)),
  parent_span_id FixedString(8) CODEC(ZSTD(1)),
  flags UInt32 CODEC(T64, ZSTD(1)),
  trace_state String CODEC(ZSTD(1)),
  name LowCardinality(String) CODEC(ZSTD(1)),
  otel_kind UInt8 CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  service_version LowCardinality(String) CODEC(ZSTD(1)),
  agent LowCardinality(String) CODEC(ZSTD(1)),
  agent_version LowCardinality(String) CODEC(ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(1)),
  start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  duration_ns UInt64 CODEC(T64, ZSTD(1)),
  status_code UInt8 CODEC(ZSTD(1)),
  is_error UInt8 CODEC(ZSTD(1)),
  error_type LowCardinality(String) CODEC(ZSTD(1)),
  error_message String CODEC(ZSTD(1)),
  error_template String CODEC(ZSTD(1)),
  fingerprint String CODEC(ZSTD(1)),
  fingerprint_version UInt8 CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  provider LowCardinality(String) CODEC(ZSTD(1)),
  tokens_in Nullable(UInt64) CODEC(ZSTD(1)),
  tokens_out Nullable(UInt64) CODEC(ZSTD(1)),
  tokens_cached Nullable(UInt64) CODEC(ZSTD(1)),
  tokens_reasoning Nullable(UInt64) CODEC(ZSTD(1)),
  cost_usd Nullable(Float64) CODEC(ZSTD(1)),
  tool_name LowCardinality(String) CODEC(ZSTD(1)),
  tool_call_id String CODEC(ZSTD(1)),
  decision_name LowCardinality(String) CODEC(ZSTD(1)),
  decision_choice LowCardinality(String) CODEC(ZSTD(1)),
  decision_options Array(String) CODEC(ZSTD(1)),
  decision_confidence Nullable(Float64) CODEC(ZSTD(1)),
  decision_confidence_source LowCardinality(String) CODEC(ZSTD(1)),
  decision_threshold Nullable(Float64) CODEC(ZSTD(1)),
  decision_outcome LowCardinality(String) CODEC(ZSTD(1)),
  decision_action String CODEC(ZSTD(1)),
  retry_attempt Nullable(UInt64) CODEC(ZSTD(1)),
  escalation_target LowCardinality(String) CODEC(ZSTD(1)),
  status_message String CODEC(ZSTD(1)),
  decision_reasoning String CODEC(ZSTD(1)),
  decision_option_details String CODEC(ZSTD(1)),
  input String CODEC(ZSTD(1)),
  output String CODEC(ZSTD(1)),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attribute_types String CODEC(ZSTD(1)),
  resource Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  resource_types String CODEC(ZSTD(1)),
  scope_name LowCardinality(String) CODEC(ZSTD(1)),
  scope_version LowCardinality(String) CODEC(ZSTD(1)),
  scope_attributes String CODEC(ZSTD(1)),
  events String CODEC(ZSTD(1)),
  links String CODEC(ZSTD(1)),
  dropped_attributes UInt32 CODEC(ZSTD(1)),
  dropped_events UInt32 CODEC(ZSTD(1)),
  dropped_links UInt32 CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(received_at)
PARTITION BY toDate(received_at)
ORDER BY (project_id, service, toStartOfFiveMinutes(start_time), trace_id, span_id)
SETTINGS index_granularity = 2048, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;
