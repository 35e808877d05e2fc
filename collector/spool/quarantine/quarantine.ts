// What was acknowledged and cannot be stored is kept here with the reason: a file of bytes and a note beside it.
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { QuarantineItem } from '#contracts/skipped';
import { headOf } from '#domain/clip';
import { toStorageError } from '#storage/database';
import { BlockError, tryReadBlock } from '#storage/native/slice-block';
import { syncFolder } from '../segment.ts';
import type { BadRows } from './bisect.ts';
import { exists, itemOf, listQuarantine, QUARANTINE_ID, type QuarantineEntry, readNote } from './entry.ts';

/** A part of a segment file, or the whole, that is no rows. */
export interface SourceNote {
  /** The file's name in the spool, with the place of the part in it. The same source is put here once. */
  readonly source: string;
  readonly reason: string;
  /** Acknowledged rows in it; 0 when that is not known. */
  readonly rows: number;
}

/** Each rejects when what it was given could not be written: the caller then still has it. */
export interface Quarantine {
  /** Rows and bytes that lie here now; rows whose bytes are lost are not among them. */
  readonly rows: number;
  readonly bytes: number;
  /** What lies here, newest first. @param most so many at most */
  list(most?: number): Promise<QuarantineItem[]>;
  /** Looks at the folder again: someone took an entry out. */
  recount(): Promise<void>;
  /** Rows that storage refused. */
  putRows(table: string, bad: BadRows): Promise<void>;
  /** Bytes that are no readable rows: a damaged record. */
  putBytes(note: SourceNote, bytes: Buffer): Promise<void>;
  /** A file of the spool, moved here without being read: one that cannot be read, or of another version. */
  putFile(note: SourceNote, path: string, bytes: number): Promise<void>;
  /** Acknowledged rows whose bytes are gone: only the note that says so. */
  putLost(note: SourceNote): Promise<void>;
}

const MAX_REASON_CHARS = 500;
const MAX_SAMPLES = 5;

type Note = Omit<QuarantineEntry, 'id' | 'at' | 'bytes'> & { readonly source: string };

/** Opens the folder; it is made when it is missing. */
export async function createQuarantine({ dir, now }: { dir: string; now: () => number }): Promise<Quarantine> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let rows = 0;
  let bytes = 0;
  // One after the other: a recount beside a put counts it twice or not at all.
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  let nextRecount: Promise<void> | null = null;
  const recountNow = async () => {
    const entries = (await listQuarantine(dir)).filter(({ isLost }) => isLost !== true);
    rows = entries.reduce((sum, entry) => sum + entry.rows, 0);
    bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  };
  /** Whoever asks while one waits gets that one: it looks when its turn comes. */
  const recount = () => {
    nextRecount ??= inTurn(() => {
      nextRecount = null;
      return recountNow();
    });
    return nextRecount;
  };
  await recount();
  const putNow = async (note: Note, size: number, writeBody: (path: string) => Promise<void>, isBodyFirst: boolean) => {
    const digest = createHash('sha256').update(note.source).digest('hex').slice(0, 8);
    // A process that was killed here has put it aside already, and met it in the spool again.
    if (await findSource(dir, digest, note)) return;
    const at = new Date(now()).toISOString();
    const id = `${at.replace(/[-:.Z]/g, '')}-${digest}`;
    const entry: QuarantineEntry = { id, at, bytes: size, ...note, reason: headOf(note.reason, MAX_REASON_CHARS) };
    const writeNote = () => writeSynced(join(dir, `${id}.json`), Buffer.from(`${JSON.stringify(entry, null, 2)}\n`));
    const body = join(dir, `${id}.native`);
    if (isBodyFirst) await writeBody(body);
    try {
      await writeNote();
    } catch (error) {
      // Without a note it would take up space that nobody sees.
      if (isBodyFirst) await unlink(body).catch(() => undefined);
      throw error;
    }
    if (!isBodyFirst) await writeBody(body);
    await syncFolder(dir);
    if (note.isLost === true) return;
    rows += note.rows;
    bytes += size;
  };
  const put = (...given: Parameters<typeof putNow>) => inTurn(() => putNow(...given));
  return {
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    list: async (most) => (await listQuarantine(dir, most)).map(itemOf).reverse(),
    recount,
    async putRows(table, { bytes: body, rows: count, error, source }) {
      const note = { table, rows: count, reason: toStorageError(error).message, samples: samplesOf(body), source };
      // The note last: an entry without one is no entry, and its source still exists.
      await put(note, body.length, (path) => writeSynced(path, body), true);
    },
    async putBytes({ reason, source, rows: count }, body) {
      const note = { table: null, rows: count, reason: `${reason}: ${source}`, samples: [], source };
      await put(note, body.length, (path) => writeSynced(path, body), true);
    },
    async putFile({ reason, source, rows: count }, path, size) {
      const note = { table: null, rows: count, reason: `${reason}: ${source}`, samples: [], source };
      // The note first: a move leaves nothing in the spool to begin again from.
      await put(note, size, (to) => rename(path, to), false);
    },
    async putLost({ reason, source, rows: count }) {
      const note = { table: null, rows: count, reason: `${reason}: ${source}`, samples: [], source, isLost: true };
      await put(note, 0, async () => {}, true);
    },
  };
}

/** Whether this source is here already. A note without its bytes is left from an interrupted move: it is deleted. */
async function findSource(dir: string, digest: string, { source, isLost }: Note): Promise<boolean> {
  for (const name of await readdir(dir)) {
    if (!name.endsWith(`-${digest}.json`) || !QUARANTINE_ID.test(name.slice(0, -5))) continue;
    const entry = await readNote(join(dir, name));
    if (entry?.source !== source || entry.isLost !== isLost) continue;
    if (isLost === true || (await exists(join(dir, name.replace(/json$/, 'native'))))) return true;
    await unlink(join(dir, name));
  }
  return false;
}

function samplesOf(body: Buffer): QuarantineEntry['samples'] {
  const block = tryReadBlock(body);
  if (block instanceof BlockError) return [];
  const { rows, columns } = block;
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
  } catch (error) {
    // A half of it must not lie there under a name that counts.
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}
