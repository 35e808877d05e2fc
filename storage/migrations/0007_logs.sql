-- One row per log record. It needs no span: ids that were not sent are zeros. Sorted by trace and span, because that is
-- how records are read. record_id is a hash of the record, so one that is sent twice has the same sorting key.
CREATE TABLE IF NOT EXISTS logs ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(ZSTD(1)),
  record_id UInt64 CODEC(ZSTD(1)),
  flags UInt32 CODEC(T64, ZSTD(1)),
  severity_number UInt8 CODEC(ZSTD(1)),
  severity_text LowCardinality(String) CODEC(ZSTD(1)),
  event_name LowCardinality(String) CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  scope_name LowCardinality(String) CODEC(ZSTD(1)),
  body String CODEC(ZSTD(1)),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attribute_types String CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(received_at)
PARTITION BY toDate(received_at)
ORDER BY (project_id, trace_id, span_id, time, record_id)
SETTINGS index_granularity = 2048, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000,
  fsync_after_insert = 1, fsync_part_directory = 1;
