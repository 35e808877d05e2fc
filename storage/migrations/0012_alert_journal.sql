-- What several error patterns may have in common: who answered (the provider, or the host that was called) and where the
-- error was seen (the instance or host of the service, for clocks that are wrong). Rows stored before have ''.
ALTER TABLE errors ${ON_CLUSTER}
  ADD COLUMN IF NOT EXISTS provider LowCardinality(String) CODEC(ZSTD(1)) AFTER model,
  ADD COLUMN IF NOT EXISTS peer LowCardinality(String) CODEC(ZSTD(1)) AFTER provider,
  ADD COLUMN IF NOT EXISTS source LowCardinality(String) CODEC(ZSTD(1)) AFTER peer;
ALTER TABLE errors_from_spans ${ON_CLUSTER} MODIFY QUERY
SELECT
  project_id, fingerprint, fingerprint_version, start_time,
  addNanoseconds(start_time, duration_ns) AS end_time,
  trace_id, span_id, received_at, service, service_version, agent, session_id, name, kind, tool_name, model,
  provider,
  attributes['server.address'] AS peer,
  if(resource['service.instance.id'] != '', resource['service.instance.id'], resource['host.name']) AS source,
  error_type, error_message, error_template
FROM spans
WHERE is_error = 1;
-- The detector's memory. One insert per tick is one block, so the cursor, the changes and pending messages are saved
-- together or not at all. The engine keeps the newest row of a subject (compaction); readers take it at once. What must
-- stay (transitions, evaluations) has a subject of its own each time.
CREATE TABLE IF NOT EXISTS alert_journal ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  seq UInt64 CODEC(Delta, ZSTD(1)),
  kind LowCardinality(String),
  subject String CODEC(ZSTD(1)),
  payload String CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(seq)
PARTITION BY tuple()
ORDER BY (project_id, kind, subject)
TTL toDateTime(at) + INTERVAL 40 DAY DELETE WHERE kind = 'evaluation'
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000,
  fsync_after_insert = 1, fsync_part_directory = 1;
INSERT INTO alert_journal (project_id, at, seq, kind, subject, payload)
SELECT project_id, at, seq, kind, subject, payload FROM journal;
