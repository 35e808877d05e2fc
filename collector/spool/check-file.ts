// One file of the spool that is not inserted yet, read and made ready: a torn tail is cut, damaged stretches and files of
// another version are quarantined, the rest is a segment. Each step can be cut short by a kill and begun again.
import { createHash } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { frameNameAt } from '#storage/native/frame';
import { explainUnreadable, type FrameLayout, layoutsOfFile } from '#storage/native/frame-layout';
import { BlockError, tryReadBlock } from '#storage/native/slice-block';
import { failpoint } from './failpoint.ts';
import { asGone, checkSize } from './file-trouble.ts';
import type { Quarantine } from './quarantine/quarantine.ts';
import { type Scan, scanFile } from './scan.ts';
import { parseSegmentName, type SealedSegment, type SegmentName, syncFolder, tokenOf } from './segment.ts';

/** A file that has to be checked before it is inserted. */
export interface SpoolFile {
  readonly path: string;
  readonly bytes: number;
  /** Since when it waits; Unix milliseconds. */
  readonly sinceMs: number;
  /** What this process knows to be in it: it wrote or checked it before. null = left by an earlier process. */
  readonly known: SealedSegment | null;
  /** How often it could not be read. */
  readonly failedReads: number;
}

export interface CheckDeps {
  /** Tables this version writes; a segment for another one is quarantined. */
  readonly tables: readonly string[];
  readonly quarantine: Pick<Quarantine, 'putBytes' | 'putFile' | 'putLost'>;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

export interface Checked {
  /** What is to be inserted; null = nothing of it. */
  readonly segment: SealedSegment | null;
  readonly isTorn: boolean;
  readonly damagedRecords: number;
  /** Rows of damaged records, as far as their frames say. */
  readonly damagedRows: number;
  /** Known rows that are in the file no more. */
  readonly lostRows: number;
  readonly isUnknownVersion: boolean;
}

const NOTHING: Checked = {
  segment: null,
  isTorn: false,
  damagedRecords: 0,
  damagedRows: 0,
  lostRows: 0,
  isUnknownVersion: false,
};

/** Rows that came back from the quarantine: table, rows, id. */
const RETRIED_ROWS = /^([a-z_]{1,40})-(\d{1,9})-[\dA-Za-z-]{1,60}\.native$/;

/** The table that a file is for, by its name; null = it is no file of a spool. */
export function tableOf(path: string): string | null {
  return segmentNameOf(path)?.table ?? RETRIED_ROWS.exec(basename(path))?.[1] ?? null;
}

/** A segment that came back from the quarantine has the entry's id behind its name. */
const segmentNameOf = (path: string): SegmentName | null => parseSegmentName(basename(path).replace(/\+.*$/, ''));

/** @throws GoneError when there is no such file any more, or what the system says when it cannot be read now */
export async function checkFile(file: SpoolFile, deps: CheckDeps): Promise<Checked> {
  const { path, known } = file;
  const retried = RETRIED_ROWS.exec(basename(path));
  if (retried !== null) return { ...NOTHING, segment: await readRetriedRows(file, retried) };
  const name = segmentNameOf(path);
  const layouts = name === null ? null : layoutsOfFile(name.version);
  if (name === null || layouts === null || !deps.tables.includes(name.table)) {
    const why =
      name === null
        ? 'not a file of the spool'
        : layouts === null
          ? explainUnreadable(name.version)
          : 'a table that this Telltale does not have';
    const reason = `unknown_version: ${why}`;
    deps.log.error({ file: basename(path), reason }, 'a file in the spool cannot be read by this version; quarantined');
    await deps.quarantine.putFile({ source: basename(path), reason, rows: 0 }, path, file.bytes);
    return { ...NOTHING, isUnknownVersion: true };
  }
  // An append that failed and could not be undone: it was never acknowledged.
  if (known !== null && !(await checkSize(path, known.bytes))) await cutTo(path, known.bytes);
  return checkSegment(file, name, layouts, deps);
}

async function checkSegment(
  { path, known, failedReads }: SpoolFile,
  { table, nonce }: SegmentName,
  layouts: readonly FrameLayout[],
  { quarantine, log }: CheckDeps,
): Promise<Checked> {
  const file = basename(path);
  const bytes = await readWhole(path);
  const { blocks, damaged, tornAt } = await scanFile(bytes, nonce, layouts);
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const damagedRows = damaged.reduce((sum, part) => sum + (part.rows ?? 0), 0);
  const lostRows = known === null ? 0 : Math.max(0, known.rows - rows - damagedRows);
  if (tornAt !== null && known === null)
    log.warn({ file, at: tornAt, bytes: bytes.length - tornAt }, 'an append that a crash cut short is left out');
  for (const { start, end, rows: claimed } of damaged) {
    log.error({ file, at: start, bytes: end - start, rows: claimed }, 'a record in the spool is damaged; quarantined');
    const note = { source: `${file}.${start}`, reason: 'damaged_record', rows: 0 };
    await quarantine.putBytes(note, bytes.subarray(start, end));
  }
  failpoint('after_quarantine');
  if (lostRows > 0) {
    log.error({ file, rows: lostRows }, 'acknowledged rows are gone from a file of the spool');
    const reason = `lost: the file was cut to ${bytes.length} of ${known?.bytes} bytes before it was inserted`;
    await quarantine.putLost({ source: `${file}.${bytes.length}`, reason, rows: lostRows });
  }
  const found = {
    ...NOTHING,
    isTorn: tornAt !== null && known === null,
    damagedRecords: damaged.length,
    damagedRows,
    lostRows,
  };
  if (blocks.length === 0) {
    await unlink(path);
    return found;
  }
  if (damaged.length > 0) await rewrite(path, bytes, blocks);
  else if (tornAt !== null) await cutTo(path, tornAt);
  const segment = {
    table,
    path,
    rows,
    bytes: blocks.reduce((sum, { start, end }) => sum + end - start, 0),
    token: tokenOf(blocks.map(({ start, end }) => frameNameAt(bytes.subarray(start, end)))),
    failedReads,
  };
  return { ...found, segment };
}

async function readRetriedRows({ path, failedReads }: SpoolFile, name: RegExpExecArray): Promise<SealedSegment> {
  const bytes = await readWhole(path);
  let rows = 0;
  for (let at = 0; at < bytes.length; ) {
    const block = tryReadBlock(bytes, at);
    if (block instanceof BlockError) {
      rows = Number(name[2]);
      break;
    }
    rows += block.rows;
    at = block.end;
  }
  const token = createHash('sha256').update(bytes).digest('hex');
  return { table: name[1] as string, path, rows, bytes: bytes.length, token, failedReads };
}

async function readWhole(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw asGone(error);
  });
}

/** Shortens a file, durably; a shorter one stays as it is. */
async function cutTo(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    if ((await file.stat()).size <= bytes) return;
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The undamaged blocks under the same name, in one step. */
async function rewrite(path: string, bytes: Buffer, blocks: Scan['blocks']): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    for (const { start, end } of blocks) await file.writeFile(bytes.subarray(start, end));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}
