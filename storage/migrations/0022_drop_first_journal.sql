-- The journal of the first version: everything is in alert_journal since migration 12, and nothing reads this one.
DROP TABLE IF EXISTS journal ${ON_CLUSTER};
