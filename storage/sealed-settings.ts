// The secrets within a setting: sealed when it is written, opened when it is read, and sealed afterwards where an earlier
// version stored them as they were.
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

/** So many rows go into one statement. */
const BATCH = 100;

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
    for (let at = 0; at < rows.length; at += BATCH) {
      const batch = rows.slice(at, at + BATCH);
      const from = batch.map(({ project, id, payload }) => quote(`${project}\n${id}\n${payload}`));
      const to = batch.map(({ project, id, payload }) => {
        const place = { projectId: project, kind, id };
        return quote(JSON.stringify(sealSecrets(db, place, JSON.parse(payload), secrets)));
      });
      const key = `concat(project_id, '\\n', id, '\\n', payload)`;
      await db.command(
        `ALTER TABLE settings UPDATE payload = transform(${key}, [${from}], [${to}], payload) WHERE kind = ${quote(kind)} AND (${isOpen}) SETTINGS mutations_sync = 2`,
      );
    }
    sealed += rows.length;
  }
  return sealed;
}
