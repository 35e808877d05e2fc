// Inserts sealed segments, two at a time, oldest first, until storage has them; then deletes the file. What storage
// cannot take now is tried again for as long as it takes. What it refuses for good is bisected, and the bad rows kept
// aside with the reason.
import { createHash } from 'node:crypto';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type StorageError, toStorageError } from '#storage/database';
import type { BadRows, Bisected } from '../quarantine/bisect.ts';
import { failpoint } from './failpoint.ts';
import type { SealedSegment } from './segment.ts';

export interface InserterDeps {
  /** Inserts a file of Native blocks, all or nothing, once per token. @throws StorageError */
  readonly insert: (table: string, path: string, token: string) => Promise<void>;
  /** Splits the blocks until every bad row stands alone, inserting the rest (collector/quarantine/bisect.ts). */
  readonly bisect: (bytes: Buffer, insert: (part: Buffer) => Promise<void>) => Promise<Bisected>;
  /** @throws when there is no room for them; the segment then stays in the spool */
  readonly quarantine: (table: string, bad: readonly BadRows[]) => Promise<void>;
  readonly onInserted: (segment: SealedSegment, insertedRows: number, quarantinedRows: number) => void;
  readonly onFailed: (error: StorageError, segment: SealedSegment) => void;
  readonly random?: () => number;
}

const MAX_IN_FLIGHT = 2;
const FIRST_WAIT_MS = 200;
const MAX_WAIT_MS = 5000;

export class Inserter {
  readonly #deps: InserterDeps;
  readonly #queue: SealedSegment[] = [];
  #inFlight = 0;
  #failures = 0;
  #waiting: NodeJS.Timeout | null = null;
  #stopped = false;
  #onIdle: (() => void)[] = [];

  constructor(deps: InserterDeps) {
    this.#deps = deps;
  }

  push(segment: SealedSegment): void {
    this.#queue.push(segment);
    this.#next();
  }

  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void> {
    if (this.#queue.length === 0 && this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /**
   * Starts no more inserts, and waits `graceMs` for those under way: a server that hangs must not hold up the stop. The
   * rest stays on disk for the next start, which may repeat an insert that was under way: its token is the same.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    this.#queue.length = 0;
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#waiting = null;
    await within(this.idle(), graceMs);
  }

  #next(): void {
    while (!this.#stopped && this.#waiting === null && this.#inFlight < MAX_IN_FLIGHT) {
      // While storage fails, one segment tries for all.
      if (this.#failures > 0 && this.#inFlight > 0) return;
      const segment = this.#queue.shift();
      if (segment === undefined) break;
      this.#inFlight++;
      void this.#take(segment);
    }
    if (this.#queue.length === 0 && this.#inFlight === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  async #take(segment: SealedSegment): Promise<void> {
    try {
      const { insertedRows, quarantinedRows } = await this.#insert(segment);
      failpoint('after_insert');
      await unlink(segment.path);
      failpoint('after_unlink');
      this.#failures = 0;
      this.#deps.onInserted(segment, insertedRows, quarantinedRows);
    } catch (thrown) {
      this.#failures++;
      this.#deps.onFailed(toStorageError(thrown), segment);
      if (!this.#stopped) {
        this.#queue.unshift(segment);
        this.#waitThenNext();
      }
    } finally {
      this.#inFlight--;
      this.#next();
    }
  }

  async #insert(segment: SealedSegment): Promise<{ insertedRows: number; quarantinedRows: number }> {
    const { table, path, rows, token } = segment;
    try {
      await this.#deps.insert(table, path, token);
      return { insertedRows: rows, quarantinedRows: 0 };
    } catch (thrown) {
      const error = toStorageError(thrown);
      if (!error.refusesData) throw error;
      this.#deps.onFailed(error, segment);
    }
    const temporary = join(dirname(path), `${token.slice(0, 16)}.tmp`);
    const insertPart = async (part: Buffer) => {
      await writeFile(temporary, part, { mode: 0o600 });
      await this.#deps.insert(table, temporary, createHash('sha256').update(part).digest('hex'));
    };
    try {
      const { insertedRows, bad } = await this.#deps.bisect(await readFile(path), insertPart);
      if (bad.length > 0) await this.#deps.quarantine(table, bad);
      return { insertedRows, quarantinedRows: bad.reduce((sum, part) => sum + part.rows, 0) };
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
  }

  #waitThenNext(): void {
    const { random = Math.random } = this.#deps;
    const waitMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures - 1, 10)) * (0.5 + random() / 2);
    if (this.#waiting !== null) return;
    this.#waiting = setTimeout(() => {
      this.#waiting = null;
      this.#next();
    }, waitMs);
  }
}

/** Waits for the promise, but no longer than `ms`. */
export async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
