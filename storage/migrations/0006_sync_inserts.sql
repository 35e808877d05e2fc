-- A spool segment is deleted once its insert is committed, so a committed insert must survive a power cut. Merges are
-- not synced: the parts they replace stay on disk for eight minutes, long after the system has written the new one.
ALTER TABLE spans ${ON_CLUSTER} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE trace_index ${ON_CLUSTER} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE runs ${ON_CLUSTER} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE decisions ${ON_CLUSTER} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE errors ${ON_CLUSTER} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE journal ${ON_CLUSTER} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
