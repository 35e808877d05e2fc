-- What agents say to be at work on: one row per step that has begun and not ended, written again while it lasts. The
-- newest row of a step counts; it is read by trace. A step is over once its span is stored, so nothing is ever deleted.
-- The views make a run known that has no finished span yet; a step's first row feeds them, the signs of life after it
-- would add nothing. Rank 3 in top_span: any finished span is preferred as root span to a step that only began.
CREATE TABLE IF NOT EXISTS open_steps ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(ZSTD(1)),
  parent_span_id FixedString(8) CODEC(ZSTD(1)),
  start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  alive_until DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  is_first UInt8 CODEC(ZSTD(1)),
  is_waiting UInt8 CODEC(ZSTD(1)),
  waiting_for String CODEC(ZSTD(1)),
  name LowCardinality(String) CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  agent LowCardinality(String) CODEC(ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(received_at)
PARTITION BY toDate(received_at)
ORDER BY (project_id, trace_id, span_id)
SETTINGS index_granularity = 512, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000,
  fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS trace_index_from_open_steps ${ON_CLUSTER} TO trace_index AS
SELECT
  project_id,
  trace_id,
  service,
  toStartOfFiveMinutes(start_time) AS bucket,
  max(received_at) AS received_at
FROM open_steps
WHERE is_first = 1
GROUP BY project_id, trace_id, service, bucket;

CREATE MATERIALIZED VIEW IF NOT EXISTS runs_from_open_steps ${ON_CLUSTER} TO runs AS
SELECT
  project_id,
  toStartOfHour(o.start_time) AS hour,
  trace_id,
  min(o.start_time) AS start_time,
  max(o.start_time) AS end_time,
  max(o.received_at) AS received_at,
  min(CAST((3, o.start_time, o.name, 0), 'Tuple(rank UInt8, start_time DateTime64(9, \'UTC\'), name String, is_error UInt8)')) AS top_span,
  0 AS any_error,
  CAST(NULL, 'Nullable(Float64)') AS min_confidence,
  groupUniqArrayIf(CAST(o.agent, 'String'), o.agent != '') AS agents,
  groupUniqArray(CAST(o.service, 'String')) AS services,
  CAST([], 'Array(String)') AS models,
  CAST([], 'Array(String)') AS error_types,
  groupUniqArrayIf(o.session_id, o.session_id != '') AS session_ids,
  groupUniqArrayIf(o.user_id, o.user_id != '') AS user_ids
FROM open_steps AS o
WHERE o.is_first = 1
GROUP BY project_id, hour, trace_id;
