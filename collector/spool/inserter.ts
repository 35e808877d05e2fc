// Inserts sealed segments, two at a time, oldest first, until storage has them; then deletes the file. What storage
// cannot take now is tried again, behind the others, for as long as it takes. What it refuses for good is bisected, and the bad rows
// quarantined with the reason. A file that cannot be read is handed to the checks, and the next one goes on.
import { createHash } from 'node:crypto';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type StorageError, toStorageError } from '#storage/database';
import { failpoint } from './failpoint.ts';
import { asGone, ChangedError, checkSize, isFileTrouble } from './file-trouble.ts';
import { type BadRows, type BisectProgress, bisect, startOfBisect } from './quarantine/bisect.ts';
import type { SealedSegment } from './segment.ts';

export interface InserterDeps {
  /** Inserts a file of Native blocks, all or nothing, once per token. @throws StorageError */
  readonly insert: (table: string, path: string, token: string) => Promise<void>;
  /** @throws when they do not fit; the segment then stays in the spool */
  readonly quarantine: (table: string, bad: BadRows) => Promise<void>;
  /** Its rows are in storage or in the quarantine. */
  readonly onInserted: (segment: SealedSegment, insertedRows: number, quarantinedRows: number) => void;
  /** Its file is deleted. */
  readonly onDeleted: (segment: SealedSegment) => void;
  /** Storage did not take it. */
  readonly onFailed: (error: StorageError, segment: SealedSegment) => void;
  /** Its file cannot be read, or is not as it was written; it is no longer the inserter's. */
  readonly onFileTrouble: (segment: SealedSegment, error: unknown) => void;
  readonly log: { error(fields: object, message: string): void };
  readonly now: () => number;
  readonly random?: () => number;
}

const MAX_IN_FLIGHT = 2;
const FIRST_WAIT_MS = 200;
const MAX_WAIT_MS = 5000;
/** How often it is tried to delete an inserted file that could not be deleted. */
const DELETE_AGAIN_MS = 10_000;

export class Inserter {
  readonly #deps: InserterDeps;
  readonly #queue: SealedSegment[] = [];
  /** When each segment was tried first that is not inserted yet, by path; Unix milliseconds. */
  readonly #triedSinceMs = new Map<string, number>();
  /** How far the bisection of a segment is, by its token. */
  readonly #bisected = new Map<string, BisectProgress>();
  readonly #undeleted = new Set<NodeJS.Timeout>();
  #lastFailure = '';
  #insertedAtMs = Number.NEGATIVE_INFINITY;
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

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#inFlight === 0;
  }

  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Since when a segment is tried and none is inserted, and what the last failure was; null = none is tried. */
  get oldestTry(): { readonly sinceMs: number; readonly lastFailure: string } | null {
    if (this.#triedSinceMs.size === 0) return null;
    // One segment that always fails does not stall the others.
    const sinceMs = Math.max(this.#insertedAtMs, Math.min(...this.#triedSinceMs.values()));
    return { sinceMs, lastFailure: this.#lastFailure };
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
    for (const timer of this.#undeleted) clearTimeout(timer);
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
    if (this.isIdle) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  async #take(segment: SealedSegment): Promise<void> {
    const { path } = segment;
    if (!this.#triedSinceMs.has(path)) this.#triedSinceMs.set(path, this.#deps.now());
    try {
      if (!(await checkSize(path, segment.bytes))) throw new ChangedError();
      const { insertedRows, quarantinedRows } = await this.#insert(segment);
      failpoint('after_insert');
      this.#failures = 0;
      this.#insertedAtMs = this.#deps.now();
      this.#lastFailure = '';
      this.#triedSinceMs.delete(path);
      this.#bisected.delete(segment.token);
      this.#deps.onInserted(segment, insertedRows, quarantinedRows);
      await this.#delete(segment);
      failpoint('after_unlink');
    } catch (thrown) {
      if (isFileTrouble(thrown, path)) {
        this.#triedSinceMs.delete(path);
        if (!this.#stopped) this.#deps.onFileTrouble(segment, thrown);
      } else {
        this.#failures++;
        const error = toStorageError(thrown);
        this.#lastFailure = error.message;
        this.#deps.onFailed(error, segment);
        if (!this.#stopped) {
          // At the end: what fails for a reason of its own must not hold up the others.
          this.#queue.push(segment);
          this.#waitThenNext();
        }
      }
    } finally {
      this.#inFlight--;
      this.#next();
    }
  }

  async #insert(segment: SealedSegment): Promise<{ insertedRows: number; quarantinedRows: number }> {
    const { table, path, rows, token } = segment;
    let progress = this.#bisected.get(token);
    if (progress === undefined) {
      try {
        await this.#deps.insert(table, path, token);
        return { insertedRows: rows, quarantinedRows: 0 };
      } catch (thrown) {
        const error = toStorageError(thrown);
        if (!error.refusesData) throw error;
        this.#deps.onFailed(error, segment);
      }
      progress = startOfBisect();
      // Parts of it are in storage from here on: it must not be inserted as a whole any more.
      this.#bisected.set(token, progress);
    }
    await this.#bisect(segment, progress);
    return progress;
  }

  async #bisect(segment: SealedSegment, progress: BisectProgress): Promise<void> {
    const { table, path, token } = segment;
    const temporary = join(dirname(path), `${token.slice(0, 16)}.tmp`);
    const bytes = await readFile(path).catch((error: unknown) => {
      throw asGone(error);
    });
    try {
      await bisect(bytes, segment, progress, {
        insert: async (part) => {
          await writeFile(temporary, part, { mode: 0o600 });
          await this.#deps.insert(table, temporary, createHash('sha256').update(part).digest('hex'));
        },
        quarantine: (bad) => this.#deps.quarantine(table, bad),
      });
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
  }

  /** Its rows are in storage, so a file that cannot be deleted is no failure of the insert; but it takes up space. */
  async #delete(segment: SealedSegment): Promise<void> {
    try {
      await unlink(segment.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return this.#deleteLater(segment, error);
    }
    this.#deps.onDeleted(segment);
  }

  #deleteLater(segment: SealedSegment, err: unknown): void {
    this.#deps.log.error(
      { err, path: segment.path, rows: segment.rows },
      'an inserted file of the spool could not be deleted; will retry. Delete it before the next start, which would insert it again',
    );
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#undeleted.delete(timer);
      void this.#delete(segment);
    }, DELETE_AGAIN_MS);
    timer.unref();
    this.#undeleted.add(timer);
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
