-- Why a run stopped, and in words why it stopped, was handed over, or a decision's policy stepped in. Rows from before have
-- '' and are summarized as before.
ALTER TABLE spans ${ON_CLUSTER} ADD COLUMN IF NOT EXISTS stop_reason LowCardinality(String) CODEC(ZSTD(1)) AFTER escalation_target;
ALTER TABLE spans ${ON_CLUSTER} ADD COLUMN IF NOT EXISTS reason String CODEC(ZSTD(1)) AFTER stop_reason;
