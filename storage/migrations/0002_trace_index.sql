-- Where to look for a trace: trace id to the services and five-minute buckets that hold its spans. About 26 bytes a
-- trace, so a trace is found by its id without scanning spans.
CREATE TABLE IF NOT EXISTS trace_index ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  service LowCardinality(String),
  bucket DateTime('UTC') CODEC(Delta, ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(received_at)
ORDER BY (project_id, trace_id, service, bucket)
SETTINGS index_granularity = 256, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS trace_index_from_spans ${ON_CLUSTER} TO trace_index AS
SELECT
  project_id,
  trace_id,
  service,
  toStartOfFiveMinutes(start_time) AS bucket,
  max(received_at) AS received_at
FROM spans
GROUP BY project_id, trace_id, service, bucket;
