-- The digest of a day or week: one row per project, date, form and zone; written again, the newest row counts. Small,
-- and kept for ever: the usual of later weeks is read from it once the spans are gone.
CREATE TABLE IF NOT EXISTS digests ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  date Date32,
  form LowCardinality(String),
  time_zone LowCardinality(String),
  written_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  digest String CODEC(ZSTD(3)),
  html String CODEC(ZSTD(3)),
  text String CODEC(ZSTD(3))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(written_at)
PARTITION BY tuple()
ORDER BY (project_id, date, form, time_zone)
SETTINGS index_granularity = 128, non_replicated_deduplication_window = 1000, fsync_after_insert = 1,
  fsync_part_directory = 1;

-- What a collector took and refused since its process started, once a minute. It says when no collector was running,
-- and how much was refused on a day. Counters fold by process: the difference of two rows is what happened between.
CREATE TABLE IF NOT EXISTS intake ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  process String CODEC(ZSTD(1)),
  received UInt64 CODEC(Delta, ZSTD(1)),
  rejected UInt64 CODEC(Delta, ZSTD(1)),
  quarantined UInt64 CODEC(Delta, ZSTD(1)),
  dropped_attributes UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ${REPLICATED}MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (project_id, process, at)
TTL toDateTime(at) + INTERVAL 100 DAY
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;
