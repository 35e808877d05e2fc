// What was acknowledged and cannot be stored is kept here with the reason: a file of rows and a note beside it.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { headOf } from '#schema/clip';
import { toStorageError } from '#storage/database';
import { readBlock } from '#storage/native/slice-block';
import type { BadRows } from './bisect.ts';

/** The note of one entry. */
export interface QuarantineEntry {
  readonly id: string;
  readonly at: string;
  /** Null for bytes that could not be read as rows. */
  readonly table: string | null;
  readonly rows: number;
  readonly bytes: number;
  readonly reason: string;
  /** The first rows, to know them by: trace id, span id, name. */
  readonly samples: readonly { readonly traceId: string; readonly spanId: string; readonly name: string }[];
}

export interface Quarantine {
  /** Rows and bytes that lie here now. */
  readonly rows: number;
  readonly bytes: number;
  /** Looks at the folder again: someone took an entry out. */
  recount(): Promise<void>;
  /** Rows that storage refused. @throws when they could not be written: the caller keeps them */
  putAll(table: string, bad: readonly BadRows[]): Promise<void>;
  /** Bytes that are no readable rows: a damaged record, a file of another version. @throws as above */
  putRaw(entry: { readonly name: string; readonly bytes: Buffer; readonly reason: string }): Promise<void>;
}

const ID = /^\d{8}T\d{9}-[0-9a-f]{8}$/;
const MAX_REASON_CHARS = 500;
const MAX_SAMPLES = 5;

/** Opens the folder; it is made when it is missing. */
export async function createQuarantine({ dir, now }: { dir: string; now: () => number }): Promise<Quarantine> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let rows = 0;
  let bytes = 0;
  const recount = async () => {
    const entries = await listQuarantine(dir);
    rows = entries.reduce((sum, entry) => sum + entry.rows, 0);
    bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  };
  await recount();
  const put = async (body: Buffer, note: Omit<QuarantineEntry, 'id' | 'at' | 'bytes'>) => {
    const at = new Date(now()).toISOString();
    const id = `${at.replace(/[-:.Z]/g, '')}-${randomBytes(4).toString('hex')}`;
    // The note last: an entry without one is no entry, and its source still exists.
    await writeSynced(join(dir, `${id}.native`), body);
    const entry: QuarantineEntry = { id, at, bytes: body.length, ...note };
    await writeSynced(join(dir, `${id}.json`), Buffer.from(`${JSON.stringify(entry, null, 2)}\n`));
    rows += note.rows;
    bytes += body.length;
  };
  return {
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    recount,
    async putAll(table, bad) {
      for (const { bytes: body, rows: count, error } of bad) {
        const reason = headOf(toStorageError(error).message, MAX_REASON_CHARS);
        await put(body, { table, rows: count, reason, samples: count === 0 ? [] : samplesOf(body) });
      }
    },
    putRaw: ({ name, bytes: body, reason }) =>
      put(body, { table: null, rows: 0, reason: `${reason}: ${name}`, samples: [] }),
  };
}

/** The entries of a folder, oldest first; works beside a running process. A folder that does not exist has none. */
export async function listQuarantine(dir: string): Promise<QuarantineEntry[]> {
  const names = await readdir(dir).catch(() => []);
  const entries: QuarantineEntry[] = [];
  for (const name of names.filter((file) => file.endsWith('.json')).sort()) {
    const id = name.slice(0, -5);
    if (!ID.test(id)) continue;
    const entry = JSON.parse(await readFile(join(dir, name), 'utf8')) as QuarantineEntry;
    if ((await stat(join(dir, `${id}.native`)).catch(() => null)) !== null) entries.push(entry);
  }
  return entries;
}

/**
 * Hands an entry's rows back to the spool, which inserts them: at once when Telltale runs, else at the next start. Rows
 * that are refused again come back with the new reason.
 * @throws when there is no such entry, or its bytes are no rows
 */
export async function retryQuarantine(dir: string, spoolDir: string, id: string): Promise<QuarantineEntry> {
  const entry = ID.test(id) ? (await listQuarantine(dir)).find((each) => each.id === id) : undefined;
  if (entry === undefined)
    throw new Error(`There is no quarantine entry ${id}; \`telltale quarantine list\` shows them.`);
  if (entry.table === null)
    throw new Error(`Entry ${id} is not readable as rows (${entry.reason}); it can only be looked at.`);
  const redrive = join(spoolDir, 'redrive');
  await mkdir(redrive, { recursive: true, mode: 0o700 });
  await rename(join(dir, `${id}.native`), join(redrive, `${entry.table}-${entry.rows}-${id}.native`));
  await unlink(join(dir, `${id}.json`));
  return entry;
}

function samplesOf(body: Buffer): QuarantineEntry['samples'] {
  const { rows, columns } = readBlock(body);
  const cell = (name: string, row: number) =>
    columns.find((column) => column.name === name)?.cell(row) ?? Buffer.alloc(0);
  return Array.from({ length: Math.min(rows, MAX_SAMPLES) }, (_, row) => ({
    traceId: cell('trace_id', row).toString('hex'),
    spanId: cell('span_id', row).toString('hex'),
    name: headOf(cell('name', row).toString('utf8'), 200),
  }));
}

async function writeSynced(path: string, body: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
}
