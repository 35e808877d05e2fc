// The history of digests that someone had mailed: the newest row of each copy, as of other settings.
import { DIGEST_COPIES, type DigestCopy } from '#contracts/digest-copy';
import type { Database } from './database.ts';
import { putSettings } from './settings.ts';

const READ = `
SELECT id, concat(replaceOne(toString(at), ' ', 'T'), 'Z') AS changedAt, by AS changedBy, payload FROM (
  SELECT id, at, by, payload, seq FROM settings
  WHERE project_id = {project:String} AND kind = {kind:String} AND at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  ORDER BY seq DESC LIMIT 1 BY id
) ORDER BY seq DESC LIMIT {limit:UInt32}`;

export interface StoredCopy extends DigestCopy {
  readonly id: string;
  readonly by: string;
  /** ISO 8601, UTC: when the outcome was recorded. */
  readonly at: string;
}

/** Copies since a moment, ms since 1970; newest first. One that cannot be read is left out. @throws StorageError */
export async function readCopies(
  db: Database,
  projectId: string,
  sinceMs: number,
  limit: number,
): Promise<StoredCopy[]> {
  const { kind, shape } = DIGEST_COPIES;
  const rows = await db.query<{ id: string; changedAt: string; changedBy: string; payload: string }>(READ, {
    project: projectId,
    kind,
    since: sinceMs,
    limit,
  });
  return rows.flatMap(({ id, changedAt, changedBy, payload }) => {
    const copy = shape.safeParse(jsonOrNull(payload));
    return copy.success ? [{ ...copy.data, id, by: changedBy, at: changedAt }] : [];
  });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param by who asked, in their words @throws StorageError */
export function putCopy(
  db: Database,
  projectId: string,
  id: string,
  copy: DigestCopy,
  by: string,
  nowMs: number,
): Promise<void> {
  return putSettings(db, projectId, [{ of: DIGEST_COPIES, id, value: copy }], by, nowMs);
}
