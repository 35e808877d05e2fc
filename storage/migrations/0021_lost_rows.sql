-- Acknowledged rows whose spool file was gone or cut: counted like what storage refused.
ALTER TABLE intake ${ON_CLUSTER} ADD COLUMN IF NOT EXISTS lost UInt64 DEFAULT 0 CODEC(Delta, ZSTD(1));
