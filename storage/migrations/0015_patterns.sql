-- Error patterns, so that a list of them does not read a million errors.
-- An error is at its end; one that ended in the future is at its receipt, as in storage/counted-errors.ts.
-- `patterns`: a row per fingerprint and version with the words of the error, when it was first and last seen. Kept when
-- the errors are gone, so that an old pattern is not new again. Folds by minimum and maximum: a repeat changes nothing.
CREATE TABLE IF NOT EXISTS patterns ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  fingerprint String CODEC(ZSTD(1)),
  service_version LowCardinality(String) CODEC(ZSTD(1)),
  first_seen SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
  last_seen SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
  fingerprint_version SimpleAggregateFunction(max, UInt8),
  agent SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
  service SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
  kind SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
  step SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
  error_type SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
  error_template SimpleAggregateFunction(max, String) CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}AggregatingMergeTree
ORDER BY (project_id, fingerprint, service_version)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000,
  fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS patterns_from_spans ${ON_CLUSTER} TO patterns AS
SELECT
  project_id,
  fingerprint,
  service_version,
  min(toDateTime64(if(addNanoseconds(s.start_time, s.duration_ns) > s.received_at + INTERVAL 2 MINUTE, s.received_at, addNanoseconds(s.start_time, s.duration_ns)), 3, 'UTC')) AS first_seen,
  max(toDateTime64(if(addNanoseconds(s.start_time, s.duration_ns) > s.received_at + INTERVAL 2 MINUTE, s.received_at, addNanoseconds(s.start_time, s.duration_ns)), 3, 'UTC')) AS last_seen,
  max(s.fingerprint_version) AS fingerprint_version,
  max(CAST(s.agent, 'String')) AS agent,
  max(CAST(s.service, 'String')) AS service,
  max(CAST(s.kind, 'String')) AS kind,
  max(CAST(multiIf(s.kind = 'tool' AND s.tool_name != '', s.tool_name,
    s.kind IN ('llm', 'embedding') AND s.model != '', s.model, s.name), 'String')) AS step,
  max(CAST(s.error_type, 'String')) AS error_type,
  max(s.error_template) AS error_template
FROM spans AS s
WHERE s.is_error = 1 AND s.fingerprint != ''
GROUP BY project_id, fingerprint, service_version;

-- What was stored before this migration.
INSERT INTO patterns
SELECT
  project_id, fingerprint, service_version,
  min(toDateTime64(if(e.end_time > e.received_at + INTERVAL 2 MINUTE, e.received_at, e.end_time), 3, 'UTC')), max(toDateTime64(if(e.end_time > e.received_at + INTERVAL 2 MINUTE, e.received_at, e.end_time), 3, 'UTC')),
  max(e.fingerprint_version), max(CAST(e.agent, 'String')), max(CAST(e.service, 'String')), max(CAST(e.kind, 'String')),
  max(CAST(multiIf(e.kind = 'tool' AND e.tool_name != '', e.tool_name,
    e.kind IN ('llm', 'embedding') AND e.model != '', e.model, e.name), 'String')),
  max(CAST(e.error_type, 'String')), max(e.error_template)
FROM errors AS e
WHERE e.fingerprint != ''
GROUP BY project_id, fingerprint, service_version;

-- `pattern_changes`: when errors of five minutes last came in, by the engine's clock. What was counted well after that
-- holds; everything else is counted again when it is read.
CREATE TABLE IF NOT EXISTS pattern_changes ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  bucket DateTime('UTC') CODEC(Delta, ZSTD(1)),
  changed_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
  received_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1))
)
ENGINE = ${REPLICATED}AggregatingMergeTree
ORDER BY (project_id, bucket)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000,
  fsync_after_insert = 1, fsync_part_directory = 1;

-- `pattern_counts`: the errors of each pattern in each five minutes, without those that only repeat an inner one
-- (storage/counted-errors.ts). A five minutes is counted as a whole and replaced as a whole: its rows are those with the
-- newest counted_at, and one with an empty fingerprint says that it was counted. Traces and sessions are hashes, so
-- that five minutes and merged patterns add up to distinct ones.
CREATE TABLE IF NOT EXISTS pattern_counts ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  bucket DateTime('UTC') CODEC(Delta, ZSTD(1)),
  fingerprint String CODEC(ZSTD(1)),
  counted_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  errors UInt64 CODEC(T64, ZSTD(1)),
  late UInt64 CODEC(T64, ZSTD(1)),
  first_ms Int64 CODEC(ZSTD(1)),
  last_ms Int64 CODEC(ZSTD(1)),
  traces Array(UInt64) CODEC(ZSTD(1)),
  sessions Array(UInt64) CODEC(ZSTD(1)),
  agents Array(String) CODEC(ZSTD(1)),
  services Array(String) CODEC(ZSTD(1)),
  versions Array(String) CODEC(ZSTD(1)),
  tools Array(String) CODEC(ZSTD(1)),
  models Array(String) CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(counted_at)
ORDER BY (project_id, bucket, fingerprint)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS pattern_changes_from_spans ${ON_CLUSTER} TO pattern_changes AS
SELECT
  project_id,
  toDateTime(toUInt32(greatest(0, intDiv(toUnixTimestamp64Milli(toDateTime64(
    if(addNanoseconds(s.start_time, s.duration_ns) > s.received_at + INTERVAL 2 MINUTE, s.received_at, addNanoseconds(s.start_time, s.duration_ns)), 3, 'UTC')), 300000) * 300)), 'UTC') AS bucket,
  max(now64(3, 'UTC')) AS changed_at,
  max(s.received_at) AS received_at
FROM spans AS s
WHERE s.is_error = 1 AND s.fingerprint != ''
GROUP BY project_id, bucket;

INSERT INTO pattern_changes
SELECT
  project_id,
  toDateTime(toUInt32(greatest(0, intDiv(toUnixTimestamp64Milli(toDateTime64(
    if(e.end_time > e.received_at + INTERVAL 2 MINUTE, e.received_at, e.end_time), 3, 'UTC')), 300000) * 300)), 'UTC') AS bucket,
  now64(3, 'UTC'),
  max(e.received_at)
FROM errors AS e
WHERE e.fingerprint != ''
GROUP BY project_id, bucket;
