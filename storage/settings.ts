// What people set while Telltale runs, as an append-only log: what holds is the newest row of each id, and every older
// row says who changed what and when.
import type { z } from 'zod';
import { type Database, StorageError } from './database.ts';
import { openSecrets, sealSecrets } from './sealed-settings.ts';

/** A kind of setting: its name in the log and its shape. One constant per kind, in the file that owns it. */
export interface SettingKind<T extends z.ZodType> {
  readonly kind: string;
  readonly shape: T;
  /** Fields of the value that are sealed where they are stored. */
  readonly secrets?: readonly string[];
}

export interface Setting<T> {
  readonly id: string;
  readonly value: T;
  /** ISO 8601, UTC. */
  readonly changedAt: string;
  /** Who changed it last, in the words the caller gave. */
  readonly changedBy: string;
}

export interface Change<T> extends Setting<T | null> {
  /** `value` is null then, and when it cannot be read. */
  readonly isDeleted: boolean;
}

interface Row {
  readonly kind: string;
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly deleted: number;
  readonly payload: string;
}

const COLUMNS = `kind, id, concat(replaceOne(toString(at), ' ', 'T'), 'Z') AS at, by, deleted, payload`;

const READ_CURRENT = `
SELECT kind, id, at, by, deleted, payload FROM (
  SELECT ${COLUMNS}, seq FROM settings
  WHERE project_id = {project:String} AND kind IN {kinds:Array(String)} ORDER BY seq DESC LIMIT 1 BY kind, id
) WHERE deleted = 0 ORDER BY id`;

const READ_ONE = `
SELECT ${COLUMNS} FROM settings
WHERE project_id = {project:String} AND kind = {kind:String} AND id = {id:String} ORDER BY seq DESC LIMIT 1`;

const READ_HISTORY = `
SELECT ${COLUMNS} FROM settings
WHERE project_id = {project:String} AND kind = {kind:String} AND id = {id:String} ORDER BY seq DESC LIMIT {limit:UInt32}`;

/**
 * The settings of a kind that hold now, by id. One that cannot be read does not hold and is left out: the detector names
 * it at each tick (alerting/evaluate/controls.ts), and Settings › Skipped data shows that.
 * @throws StorageError
 */
export async function readSettings<T extends z.ZodType>(
  db: Database,
  projectId: string,
  of: SettingKind<T>,
): Promise<readonly Setting<z.output<T>>[]> {
  return (await readReadableSettings(db, projectId, of)).settings;
}

export interface ReadableSettings<T> {
  /** By id. */
  readonly settings: readonly Setting<T>[];
  /** Those that are not of their shape. */
  readonly unreadable: readonly { readonly kind: string; readonly id: string; readonly error: unknown }[];
}

/** As `readSettings`, with those that cannot be read. @throws StorageError */
export async function readReadableSettings<T extends z.ZodType>(
  db: Database,
  projectId: string,
  of: SettingKind<T>,
): Promise<ReadableSettings<z.output<T>>> {
  return (await readKinds(db, projectId, [of]))(of);
}

/** Gives the settings of one of the kinds that were read. */
export type KindReader = <T extends z.ZodType>(of: SettingKind<T>) => ReadableSettings<z.output<T>>;

/** Settings of several kinds in one statement, each as `readReadableSettings` gives it. @throws StorageError */
export async function readKinds(
  db: Database,
  projectId: string,
  kinds: readonly SettingKind<z.ZodType>[],
): Promise<KindReader> {
  const rows = await db.query<Row>(READ_CURRENT, { project: projectId, kinds: kinds.map(({ kind }) => kind) });
  return (of) => {
    if (!kinds.some(({ kind }) => kind === of.kind)) throw new Error(`Settings of kind ${of.kind} were not read.`);
    return readable(db, projectId, of, rows);
  };
}

function readable<T extends z.ZodType>(
  db: Database,
  projectId: string,
  of: SettingKind<T>,
  rows: readonly Row[],
): ReadableSettings<z.output<T>> {
  const settings: Setting<z.output<T>>[] = [];
  const unreadable: { kind: string; id: string; error: unknown }[] = [];
  for (const row of rows) {
    if (row.kind !== of.kind) continue;
    try {
      settings.push({ ...meta(row), value: decode(db, projectId, of, row) });
    } catch (error) {
      unreadable.push({ kind: of.kind, id: row.id, error });
    }
  }
  return { settings, unreadable };
}

/** One setting, or null when it was never set or is deleted. @throws StorageError */
export async function readSetting<T extends z.ZodType>(
  db: Database,
  projectId: string,
  of: SettingKind<T>,
  id: string,
): Promise<Setting<z.output<T>> | null> {
  const [row] = await db.query<Row>(READ_ONE, { project: projectId, kind: of.kind, id });
  return row === undefined || row.deleted === 1 ? null : { ...meta(row), value: decode(db, projectId, of, row) };
}

/** Whether it holds now, also when its value cannot be read. @throws StorageError */
export async function isSet(db: Database, projectId: string, { kind }: SettingKind<z.ZodType>, id: string) {
  const [row] = await db.query<Row>(READ_ONE, { project: projectId, kind, id });
  return row !== undefined && row.deleted === 0;
}

/** What was changed of one setting, newest first. @throws StorageError */
export async function readHistory<T extends z.ZodType>(
  db: Database,
  projectId: string,
  of: SettingKind<T>,
  id: string,
  limit = 100,
): Promise<Change<z.output<T>>[]> {
  const rows = await db.query<Row>(READ_HISTORY, { project: projectId, kind: of.kind, id, limit });
  return rows.map((row) => ({
    ...meta(row),
    isDeleted: row.deleted === 1,
    value: row.deleted === 1 ? null : decodeOrNull(db, projectId, of, row),
  }));
}

export interface Put<T extends z.ZodType = z.ZodType> {
  readonly of: SettingKind<T>;
  readonly id: string;
  /** null deletes. */
  readonly value: z.input<T> | null;
}

/**
 * Sets or deletes, all in one block: all hold, or none.
 * @param by who changes it, for the log
 * @param nowMs ms since 1970
 * @throws StorageError; ZodError when a value is not of its shape
 */
export async function putSettings(
  db: Database,
  projectId: string,
  puts: readonly Put[],
  by: string,
  nowMs: number,
): Promise<void> {
  if (puts.length === 0) return;
  const values = puts.map(({ of: { kind, shape, secrets = [] }, id, value }) =>
    value === null ? '' : JSON.stringify(sealSecrets(db, { projectId, kind, id }, shape.parse(value), secrets)),
  );
  // The clock may step back, so a counter says what is newest.
  const [newest] = await db.query<{ seq: string }>(
    'SELECT max(seq) AS seq FROM settings WHERE project_id = {project:String}',
    { project: projectId },
  );
  const seq = Number(newest?.seq ?? 0);
  const at = new Date(nowMs).toISOString().replace('T', ' ').replace('Z', '');
  await db.insertRows(
    'settings',
    puts.map(({ of, id, value }, i) => ({
      project_id: projectId,
      kind: of.kind,
      id,
      at,
      seq: seq + 1 + i,
      deleted: value === null ? 1 : 0,
      by,
      payload: values[i],
    })),
  );
}

const meta = ({ id, at, by }: Row) => ({ id, changedAt: at, changedBy: by });

/** null when it is not of its shape. */
function decodeOrNull<T extends z.ZodType>(...of: Parameters<typeof decode<T>>): z.output<T> | null {
  try {
    return decode(...of);
  } catch {
    return null;
  }
}

function decode<T extends z.ZodType>(
  db: Database,
  projectId: string,
  { kind, shape, secrets = [] }: SettingKind<T>,
  { id, payload }: Row,
): z.output<T> {
  const parsed = shape.safeParse(openSecrets(db, { projectId, kind, id }, JSON.parse(payload), secrets));
  if (parsed.success) return parsed.data;
  throw new StorageError(`The ${kind} ${id} cannot be read: ${parsed.error.message}`, { retryable: false });
}
