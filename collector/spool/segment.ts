// One spool segment: a file of framed Native blocks, appended to until it is sealed, then inserted as it is and deleted.
// Its name says everything a later process needs: table, order, nonce, version.
import { createHash } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NativeBlock } from '#storage/native/block';
import { frameNameAt } from '#storage/native/frame';
import { FRAME_VERSION } from '#storage/native/frame-layout';
import { failpoint } from './failpoint.ts';

/** table-order-nonce.version */
const NAME = /^([a-z_]{1,40})-(\d{12})-([0-9a-f]{16})\.v(\d{1,4})$/;

/** A segment that takes no more blocks: what is to be inserted. */
export interface SealedSegment {
  readonly table: string;
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /**
   * The hash of every block's frame, so of every row: the engine takes a token once. Blocks are fixed in the file
   * before the first try, so a try after a crash has the same token.
   */
  readonly token: string;
  /** How often it could not be read; absent = never. */
  readonly failedReads?: number;
}

export interface SegmentName {
  readonly table: string;
  readonly order: number;
  readonly nonce: string;
  /** Of the layout in the file (frame-layout.ts). */
  readonly version: number;
}

export const segmentFileName = ({ table, order, nonce, version }: SegmentName): string =>
  `${table}-${String(order).padStart(12, '0')}-${nonce}.v${version}`;

/** What a file name says, or null when it is no name of a segment, of whatever version. */
export function parseSegmentName(name: string): SegmentName | null {
  const found = NAME.exec(name);
  if (found === null) return null;
  const [table, order, nonce, version] = found.slice(1) as [string, string, string, string];
  return { table, order: Number(order), nonce, version: Number(version) };
}

export function tokenOf(frameNames: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of frameNames) hash.update(name);
  return hash.digest('hex');
}

/** A file's entry in its folder is durable only once the folder is synced. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface OpenSegmentOptions {
  readonly nowMs: number;
  /** Its file was deleted while it was open, and is there again. */
  readonly onRestored: (segment: OpenSegment) => void;
}

export class OpenSegment {
  readonly table: string;
  readonly path: string;
  readonly nonce: string;
  readonly createdAtMs: number;
  rows = 0;
  bytes = 0;
  #file: FileHandle;
  readonly #frames: string[] = [];

  readonly #onRestored: (segment: OpenSegment) => void;

  private constructor(name: SegmentName, path: string, file: FileHandle, made: OpenSegmentOptions) {
    this.table = name.table;
    this.path = path;
    this.nonce = name.nonce;
    this.#file = file;
    this.createdAtMs = made.nowMs;
    this.#onRestored = made.onRestored;
  }

  /** @throws when the file cannot be made, for example because the disk is full */
  static async create(dir: string, name: Omit<SegmentName, 'version'>, made: OpenSegmentOptions): Promise<OpenSegment> {
    const whole = { ...name, version: FRAME_VERSION };
    const path = join(dir, segmentFileName(whole));
    const file = await open(path, 'wx+', 0o600);
    try {
      await syncFolder(dir);
    } catch (error) {
      await file.close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
      throw error;
    }
    return new OpenSegment(whole, path, file, made);
  }

  /**
   * Appends the blocks and resolves when they are on disk, all of them.
   * @throws when they are not; the file is then as long as before, or `isBroken` and to be sealed
   */
  async append(blocks: readonly NativeBlock<object>[]): Promise<void> {
    const frames: string[] = [];
    let rows = 0;
    let end = this.bytes;
    await this.#restoreIfDeleted();
    try {
      for (const block of blocks) {
        const body = block.encode({ nonce: this.nonce, number: this.#frames.length + frames.length });
        await writeAll(this.#file, body, end);
        end += body.length;
        rows += block.rows;
        frames.push(frameNameAt(body));
      }
      failpoint('after_write');
      await this.#file.datasync();
      failpoint('after_sync');
    } catch (error) {
      await this.#file.truncate(this.bytes).catch(() => undefined);
      throw error;
    }
    this.#frames.push(...frames);
    this.rows += rows;
    this.bytes = end;
  }

  /** Closes the file and fixes its blocks. */
  async seal(): Promise<SealedSegment> {
    // What cannot be restored is found missing, and counted, when it is to be inserted.
    await this.#restoreIfDeleted().catch(() => undefined);
    // Everything acknowledged is synced: a file that does not close well is inserted all the same.
    await this.#file.close().catch(() => undefined);
    failpoint('after_seal');
    const { table, path, rows, bytes } = this;
    return { table, path, rows, bytes, token: tokenOf(this.#frames) };
  }

  /** A file that was deleted while it is open would take rows with it that no name leads to: its bytes get a new one. */
  async #restoreIfDeleted(): Promise<void> {
    const deleted = this.#file;
    if ((await deleted.stat()).nlink > 0) return;
    const body = await readAll(deleted, this.bytes);
    const file = await open(this.path, 'wx+', 0o600);
    try {
      await writeAll(file, body, 0);
      await file.datasync();
      await syncFolder(dirname(this.path));
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    await deleted.close().catch(() => undefined);
    this.#onRestored(this);
  }
}

async function readAll(file: FileHandle, bytes: number): Promise<Buffer> {
  const body = Buffer.alloc(bytes);
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await file.read(body, done, bytes - done, done);
    if (bytesRead === 0) throw new Error(`the file ends after ${done} of ${bytes} bytes`);
    done += bytesRead;
  }
  return body;
}

async function writeAll(file: FileHandle, body: Buffer, at: number): Promise<void> {
  for (let done = 0; done < body.length; ) {
    const { bytesWritten } = await file.write(body, done, body.length - done, at + done);
    done += bytesWritten;
  }
}
