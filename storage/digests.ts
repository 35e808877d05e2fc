// The digests that were written: facts, mail and text of a day or week, by date, form and zone.
import { type Digest, type DigestForm, digestSchema } from '#contracts/digest';
import type { LocalDate } from '#domain/local-time';
import { type Database, StorageError } from './database.ts';

export interface StoredDigest {
  readonly digest: Digest;
  /** The mail, without the links of a single reader. */
  readonly html: string;
  readonly text: string;
}

/** Names one digest. */
export interface DigestKey {
  readonly date: LocalDate;
  readonly form: DigestForm;
  readonly timeZone: string;
}

/** Stores a digest; one that is there already is replaced. @throws StorageError */
export async function putDigest(db: Database, { digest, html, text }: StoredDigest): Promise<void> {
  const { projectId: project_id, date, form, timeZone: time_zone, writtenAt } = digest;
  const written_at = writtenAt.replace('T', ' ').replace('Z', '');
  const row = { project_id, date, form, time_zone, written_at, digest: JSON.stringify(digest), html, text };
  await db.insertRows('digests', [row]);
}

const READ_ONE = `
SELECT digest, html, text FROM digests
WHERE project_id = {project:String} AND date = toDate32({date:String}) AND form = {form:String}
  AND ({zone:String} = '' OR time_zone = {zone:String})
ORDER BY written_at DESC LIMIT 1`;

/** One digest, or null. @param timeZone null takes the one written last, whatever its zone @throws StorageError */
export async function readDigest(
  db: Database,
  projectId: string,
  { date, form, timeZone }: Omit<DigestKey, 'timeZone'> & { readonly timeZone: string | null },
): Promise<StoredDigest | null> {
  const params = { project: projectId, date, form, zone: timeZone ?? '' };
  const [row] = await db.query<{ digest: string; html: string; text: string }>(READ_ONE, params);
  return row === undefined ? null : { ...row, digest: decode(row.digest) };
}

const READ_NEWEST = `
SELECT digest FROM (
  SELECT digest, date, form, time_zone FROM digests
  WHERE project_id = {project:String} AND date < toDate32({before:String})
  ORDER BY written_at DESC LIMIT 1 BY date, form, time_zone
) ORDER BY date DESC, form, time_zone LIMIT {limit:UInt32}`;

/** Digests from new to old. @param before only those of earlier dates @throws StorageError */
export async function listDigests(
  db: Database,
  projectId: string,
  { before = '2299-12-31', limit }: { readonly before?: LocalDate | undefined; readonly limit: number },
): Promise<Digest[]> {
  const rows = await db.query<{ digest: string }>(READ_NEWEST, { project: projectId, before, limit });
  return rows.map(({ digest }) => decode(digest));
}

const READ_LAST_DATE = `
SELECT toString(maxOrNull(date)) AS date FROM digests
WHERE project_id = {project:String} AND form = {form:String} AND time_zone = {zone:String}
  AND JSONExtractString(digest, 'writtenAt') >= JSONExtractString(digest, 'to')`;

/** The newest date written as a whole in a form and zone, or null. @throws StorageError */
export async function lastDigestDate(
  db: Database,
  projectId: string,
  { form, timeZone }: Omit<DigestKey, 'date'>,
): Promise<LocalDate | null> {
  const [row] = await db.query<{ date: string | null }>(READ_LAST_DATE, { project: projectId, form, zone: timeZone });
  return row?.date ?? null;
}

const READ_FIRST_RUN = `
SELECT toUnixTimestamp64Milli(toDateTime64(minOrNull(hour), 3, 'UTC')) AS firstMs FROM runs WHERE project_id = {project:String}`;

/** When the first run that is still stored began, to the hour, ms since 1970; null without any. @throws StorageError */
export async function firstRunMs(db: Database, projectId: string): Promise<number | null> {
  const [row] = await db.query<{ firstMs: string | null }>(READ_FIRST_RUN, { project: projectId });
  return row?.firstMs == null ? null : Number(row.firstMs);
}

function decode(payload: string): Digest {
  const parsed = digestSchema.safeParse(JSON.parse(payload));
  if (parsed.success) return parsed.data;
  throw new StorageError(`A digest cannot be read: ${parsed.error.message}`, { retryable: false });
}
