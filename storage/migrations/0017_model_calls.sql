-- What was spent on models that write summaries: a row when money is set aside before a call, and one with what it came
-- to. step 1 replaces step 0 of the same call; a call that never ended keeps what was set aside. Millionths of a dollar.
CREATE TABLE IF NOT EXISTS model_calls ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  day Date,
  call_id String CODEC(ZSTD(1)),
  step UInt8,
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  trace_id String CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  prompt_version LowCardinality(String) CODEC(ZSTD(1)),
  micro_usd UInt64 CODEC(T64, ZSTD(1)),
  tokens_in Nullable(UInt64) CODEC(ZSTD(1)),
  tokens_out Nullable(UInt64) CODEC(ZSTD(1)),
  outcome LowCardinality(String) CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(step)
ORDER BY (project_id, day, call_id);

-- Answers of models, by the hash of what they were asked: the same question is paid once. answer is empty when there
-- was none to use; why says so.
CREATE TABLE IF NOT EXISTS model_answers ${ON_CLUSTER}
(
  project_id LowCardinality(String),
  key String CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  trace_id String CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  prompt_version LowCardinality(String) CODEC(ZSTD(1)),
  answer String CODEC(ZSTD(1)),
  why LowCardinality(String) CODEC(ZSTD(1))
)
ENGINE = ${REPLICATED}ReplacingMergeTree(received_at)
ORDER BY (project_id, key)
SETTINGS index_granularity = 512;
