-- What was sent and not stored, or stored shorter: added up by kind, reason, sender and subject, once a minute per
-- collector. Small: it is kept as long as spans are, and at most a few hundred rows a minute come from one collector.
CREATE TABLE IF NOT EXISTS skips ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  kind LowCardinality(String),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  reason LowCardinality(String),
  sender String CODEC(ZSTD(1)),
  subject String CODEC(ZSTD(1)),
  first_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  count UInt64 CODEC(T64, ZSTD(1)),
  bytes UInt64 CODEC(T64, ZSTD(1)),
  kept_bytes UInt64 CODEC(T64, ZSTD(1)),
  largest_bytes UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = ${REPLICATED}MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (project_id, kind, received_at)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;
