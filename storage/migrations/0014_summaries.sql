-- One row per run and version of its facts: the facts as JSON, and the summary written from them. Read by trace; of several
-- rows of a run the newest counts. A repeat has the same sorting key: the engine keeps the newest at the next merge.
-- covers is the time of receipt up to which spans of the run are in the facts; trace_id is lower-case hex.
CREATE TABLE IF NOT EXISTS summaries ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  trace_id String CODEC(ZSTD(1)),
  started_at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  covers DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  span_count UInt32 CODEC(T64, ZSTD(1)),
  outcome LowCardinality(String) CODEC(ZSTD(1)),
  facts_hash String CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  prompt_version LowCardinality(String) CODEC(ZSTD(1)),
  verdict String CODEC(ZSTD(1)),
  tokens_in Nullable(UInt64) CODEC(ZSTD(1)),
  tokens_out Nullable(UInt64) CODEC(ZSTD(1)),
  cost_usd Nullable(Float64) CODEC(ZSTD(1)),
  headline String CODEC(ZSTD(1)),
  text String CODEC(ZSTD(1)),
  sentences String CODEC(ZSTD(1)),
  facts String CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(received_at)
PARTITION BY toDate(received_at)
ORDER BY (project_id, trace_id, facts_hash, kind, model)
SETTINGS index_granularity = 512, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

-- Up to which time of receipt runs have been summarized; one row per project, the newest counts.
CREATE TABLE IF NOT EXISTS summary_cursor ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  at DateTime64(3, 'UTC'),
  covers DateTime64(3, 'UTC')
)
ENGINE = ${REPLICATED}ReplacingMergeTree(at)
ORDER BY project_id;
