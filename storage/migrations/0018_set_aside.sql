-- What a background job could not do and went on without: a run whose summary cannot be written, a pattern or rule that
-- cannot be evaluated, a section of a digest. One row per state of an item, the newest version counts. is_open = 0: done
-- since. retry_at is null when it is tried again by hand only.
CREATE TABLE IF NOT EXISTS set_aside ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  queue LowCardinality(String),
  item String CODEC(ZSTD(1)),
  version UInt64 CODEC(Delta, ZSTD(1)),
  first_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  last_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  retry_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  tries UInt32 CODEC(T64, ZSTD(1)),
  is_open UInt8,
  reason String CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(version)
PARTITION BY tuple()
ORDER BY (project_id, queue, item)
TTL toDateTime(last_at) + INTERVAL 40 DAY
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;
