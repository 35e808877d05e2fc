-- What people set while Telltale runs (rules, channels, mutes, maintenance windows, acknowledgements, notes on
-- patterns …) as an append-only log: the newest row of a subject holds, the older ones say who changed what.
CREATE TABLE IF NOT EXISTS settings ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  kind LowCardinality(String),
  id String CODEC(ZSTD(1)),
  at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  seq UInt64 CODEC(Delta, ZSTD(1)),
  deleted UInt8,
  by String CODEC(ZSTD(1)),
  payload String CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}MergeTree
PARTITION BY tuple()
ORDER BY (project_id, kind, id, seq)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;
