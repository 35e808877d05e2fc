-- The detector's memory, append-only: one insert per tick carries the cursor, the incidents that changed and the
-- pending messages, so they are saved together or not at all. The present state is a fold over the rows.
CREATE TABLE IF NOT EXISTS journal ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  seq UInt64 CODEC(Delta, ZSTD(1)),
  kind LowCardinality(String),
  subject String CODEC(ZSTD(1)),
  payload String CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (project_id, kind, subject, at, seq)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;
