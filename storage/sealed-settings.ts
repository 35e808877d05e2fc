// The secrets within a setting: sealed when it is written, opened when it is read, and sealed afterwards where an earlier
// version stored them as they were.
import { createHash } from 'node:crypto';
import { quote } from './bind.ts';
import { type Database, StorageError } from './database.ts';
import { isSealed } from './secret-box.ts';

/** Where a setting is stored. */
export interface SettingPlace {
  readonly projectId: string;
  readonly kind: string;
  readonly id: string;
}

type Value = Readonly<Record<string, unknown>>;
const placeOf = ({ projectId, kind, id }: SettingPlace, field: string) => JSON.stringify([projectId, kind, id, field]);

function mapSecrets(value: unknown, secrets: readonly string[], change: (secret: unknown, field: string) => unknown) {
  if (secrets.length === 0 || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Value);
  return Object.fromEntries(entries.map(([k, v]) => [k, secrets.includes(k) ? change(v, k) : v]));
}

/** The value as it is stored. Without a key it is stored as it is. @param secrets names of fields */
export function sealSecrets(db: Database, place: SettingPlace, value: unknown, secrets: readonly string[]): unknown {
  const box = db.secretBox;
  if (box === undefined) return value;
  return mapSecrets(value, secrets, (v, field) => (typeof v === 'string' ? box.seal(v, placeOf(place, field)) : v));
}

/** The value as it was given. @throws StorageError when a secret does not open */
export function openSecrets(db: Database, place: SettingPlace, value: unknown, secrets: readonly string[]): unknown {
  return mapSecrets(value, secrets, (v, field) => {
    if (!isSealed(v)) return v;
    if (db.secretBox !== undefined) return db.secretBox.open(v, placeOf(place, field));
    throw new StorageError('A stored secret is sealed, and there is no key. Set TELLTALE_SECRET_KEY_FILE.', {
      retryable: false,
    });
  });
}

/** So many rows go into one statement: a server reads 256 KiB of one, and a channel may have 5 KB of secrets. */
const BATCH = 20;
/** A row by its hash: an engine keeps its statements in logs and files, where no secret may stand. */
const ROW_HASH = `hex(SHA256(concat(project_id, '\\n', id, '\\n', payload)))`;

/**
 * Seals what is stored as it was, older versions of a setting included. Does nothing without a key.
 * @returns how many rows were changed
 * @throws StorageError
 */
export async function sealStoredSecrets(
  db: Database,
  kinds: readonly { readonly kind: string; readonly secrets?: readonly string[] }[],
): Promise<number> {
  if (db.secretBox === undefined) return 0;
  let sealed = 0;
  for (const { kind, secrets = [] } of kinds) {
    if (secrets.length === 0) continue;
    const isOpen = secrets.map((field) => `JSONType(payload, ${quote(field)}) = 'String'`).join(' OR ');
    const rows = await db.query<{ project: string; id: string; payload: string }>(
      `SELECT DISTINCT project_id AS project, id, payload FROM settings WHERE kind = {kind:String} AND (${isOpen})`,
      { kind },
    );
    const open = rows.flatMap(({ project, id, payload }) => {
      const sealed = sealedPayload(db, { projectId: project, kind, id }, payload, secrets);
      return sealed === null ? [] : [{ hash: sha256(`${project}\n${id}\n${payload}`), sealed }];
    });
    for (let at = 0; at < open.length; at += BATCH) {
      const batch = open.slice(at, at + BATCH);
      const [from, to] = [batch.map(({ hash }) => quote(hash)), batch.map((row) => quote(row.sealed))];
      // On a cluster the other replicas follow: one that is down must not keep this one from starting.
      await db.command(
        `ALTER TABLE settings UPDATE payload = transform(${ROW_HASH}, [${from}], [${to}], payload) WHERE kind = ${quote(kind)} AND ${ROW_HASH} IN (${from}) SETTINGS mutations_sync = 1`,
      );
    }
    sealed += open.length;
  }
  return sealed;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex').toUpperCase();

/** null for a row that is no JSON: it cannot be read either, which the detector says, and keeps nothing from starting. */
function sealedPayload(db: Database, place: SettingPlace, payload: string, secrets: readonly string[]): string | null {
  try {
    return JSON.stringify(sealSecrets(db, place, JSON.parse(payload), secrets));
  } catch {
    return null;
  }
}
