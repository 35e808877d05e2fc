-- What a step did to get through, or could not: retries, circuits, dead letters, tokens, drift, degraded mode. Each mark
-- is `code: detail` (contracts/mark.ts). Rows stored before have none. A repeat of a span repeats its marks.
ALTER TABLE spans ${ON_CLUSTER} ADD COLUMN IF NOT EXISTS marks Array(String) CODEC(ZSTD(1)) AFTER reason;
