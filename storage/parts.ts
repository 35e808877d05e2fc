// What the engine has on disk: its parts, and those it has put aside. A part is a set of rows that one insert or one
// merge wrote; its name says which inserts ("blocks") it holds: partition_firstBlock_lastBlock_level.
import type { Database } from './database.ts';

export interface PartName {
  /** The engine's id of the partition: `20261130` (a day), `202611` (a month), `all`. */
  readonly partition: string;
  readonly firstBlock: number;
  readonly lastBlock: number;
}

export interface StoredPart extends PartName {
  readonly table: string;
  readonly name: string;
  readonly rows: number;
  /** false: replaced by a merge, and still on disk for some minutes. */
  readonly isActive: boolean;
  /** When its last row expires, seconds since 1970; null = never, or not known. */
  readonly expiresAtS: number | null;
  /** Hash of all its files. */
  readonly hash: string;
}

export interface DetachedPart {
  readonly table: string;
  readonly name: string;
  /** What it was called before. */
  readonly bareName: string;
  /** The engine's word, for example broken-on-start; '' = someone detached it. */
  readonly reason: string;
  /** null: the name says nothing of it. */
  readonly blocks: PartName | null;
}

export interface StoredTable {
  readonly name: string;
  /** Differs once the table was dropped and made again. */
  readonly id: string;
  /** Days after which every row expires; null = rows do not expire, or only some do. */
  readonly retentionDays: number | null;
}

/** Everything about the parts of one moment. */
export interface StoredParts {
  readonly tables: readonly StoredTable[];
  readonly parts: readonly StoredPart[];
  readonly detached: readonly DetachedPart[];
}

/** null when it is no such name. */
export function parsePartName(name: string): PartName | null {
  const match = /^([0-9A-Za-z-]+)_(\d+)_(\d+)_\d+(?:_\d+)?$/.exec(name);
  if (match === null) return null;
  return { partition: match[1] as string, firstBlock: Number(match[2]), lastBlock: Number(match[3]) };
}

/** Parts that the engine puts aside although no row is missing: copies, and parts that others hold as well. */
const HARMLESS = new Set(['ignored', 'clone', 'cloned', 'attaching', 'deleting', 'tmp']);
const isHarmless = (reason: string) => HARMLESS.has(reason) || reason.endsWith('not-byte-identical');

/**
 * Reads the catalog, not the data: some milliseconds for thousands of parts.
 * @throws StorageError
 */
export async function readStoredParts(db: Database): Promise<StoredParts> {
  const tables = await db.query<{ name: string; path: string; ddl: string }>(`
    SELECT name, data_paths[1] AS path, create_table_query AS ddl FROM system.tables
    WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name NOT LIKE '.%'`);
  const parts = await db.query<
    Record<'table' | 'name' | 'rows' | 'expires' | 'hash', string> & {
      active: number;
    }
  >(`
    SELECT table, name, rows, active,
      toUnixTimestamp(delete_ttl_info_max) AS expires, hash_of_all_files AS hash
    FROM system.parts WHERE database = currentDatabase()`);
  const detached = await db.query<{ table: string; name: string; reason: string }>(`
    SELECT table, name, ifNull(reason, '') AS reason FROM system.detached_parts WHERE database = currentDatabase()`);
  return {
    tables: tables.map(({ name, path, ddl }) => ({
      name,
      id: /([0-9a-f-]{36})\/?$/.exec(path)?.[1] ?? path,
      retentionDays: retentionOf(ddl),
    })),
    parts: parts.flatMap((part) => {
      const blocks = parsePartName(part.name);
      if (blocks === null) return [];
      return {
        ...blocks,
        table: part.table,
        name: part.name,
        rows: Number(part.rows),
        isActive: part.active === 1,
        expiresAtS: Number(part.expires) || null,
        hash: part.hash,
      };
    }),
    detached: detached
      .filter(({ reason }) => !isHarmless(reason))
      .map(({ table, name, reason }) => {
        const bareName = undecorated(name, reason);
        return { table, name, bareName, reason, blocks: parsePartName(bareName) };
      }),
  };
}

/** A detached part's name has the reason before it, and a number of its own where the name was taken. */
function undecorated(name: string, reason: string): string {
  const bare = name.replace(/_try\d+$/, '');
  return reason !== '' && bare.startsWith(`${reason}_`) ? bare.slice(reason.length + 1) : bare;
}

/** A condition keeps some rows for ever, so a part never expires as a whole. */
function retentionOf(ddl: string): number | null {
  const clause = /\bTTL ([^\n]*)/.exec(ddl)?.[1] ?? '';
  const days = /toIntervalDay\((\d+)\)/.exec(clause.split(' SETTINGS ', 1)[0] ?? '')?.[1];
  return days === undefined || / WHERE /.test(clause.split(' SETTINGS ', 1)[0] ?? '') ? null : Number(days);
}

/** What is wrong with a part's files, from reading all of them; null = nothing. @throws StorageError */
export async function checkPart(
  db: Database,
  { table, name }: Pick<StoredPart, 'table' | 'name'>,
): Promise<string | null> {
  const rows = await db.query<{ is_passed?: number; result?: number; message?: string }>(
    `CHECK TABLE ${checkedName(table)} PART '${checkedName(name)}'`,
    {},
    { maxSeconds: 3600, maxThreads: 1 },
  );
  const bad = rows.find(({ is_passed: passed, result }) => (passed ?? result) === 0);
  return bad === undefined ? null : (bad.message ?? '') || 'its checksums do not match';
}

/** Takes a part out of its table; its files stay in the table's folder `detached`. @throws StorageError */
export async function setPartAside(db: Database, { table, name }: Pick<StoredPart, 'table' | 'name'>): Promise<void> {
  await db.command(`ALTER TABLE ${checkedName(table)} DETACH PART '${checkedName(name)}'`);
}

/** Names come from the catalog; they have no other characters. */
function checkedName(name: string): string {
  if (!/^[0-9A-Za-z_-]+$/.test(name)) throw new Error(`${JSON.stringify(name)} is not the name of a table or part`);
  return name;
}
