// Messages of the outbox by subject: those that digests send themselves.
import { type Delivery, deliverySchema } from '#contracts/delivery';
import type { Database } from './database.ts';
import { decodeEach, type NewestRow, type UnreadableRow } from './journal.ts';

const READ_DELIVERIES = `
SELECT subject, argMax(payload, seq) AS newest FROM alert_journal
WHERE project_id = {project:String} AND kind = 'delivery'
  AND startsWith(JSONExtractString(payload, 'subject'), {prefix:String})
  AND at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
GROUP BY subject
ORDER BY JSONExtractInt(newest, 'createdAtMs'), subject`;

/**
 * The newest state of every message whose subject begins so, oldest first, and the rows that cannot be read.
 * @param sinceMs only those that changed since then, ms since 1970
 * @throws StorageError
 */
export async function readDeliveries(
  db: Database,
  projectId: string,
  prefix: string,
  sinceMs: number,
): Promise<{ deliveries: Delivery[]; unreadable: UnreadableRow[] }> {
  const rows = await db.query<NewestRow>(READ_DELIVERIES, { project: projectId, prefix, since: sinceMs });
  const unreadable: UnreadableRow[] = [];
  return { deliveries: decodeEach(deliverySchema, 'delivery', rows, unreadable), unreadable };
}
