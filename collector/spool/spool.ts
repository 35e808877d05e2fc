// The spool: rows are on disk before they are acknowledged, and stay there until storage has them. One write queue per
// table writes segments; one inserter empties them, whatever died in between.
import { randomBytes } from 'node:crypto';
import { mkdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refuseIfInUse } from '#storage/cannot-open';
import type { SignalCounters } from '../count/counters.ts';
import { type Checked, type SpoolFile, tableOf } from './check-file.ts';
import { DiskQuota } from './disk-quota.ts';
import { FileChecks, type FileChecksDeps } from './file-checks.ts';
import { Inserter, type InserterDeps, within } from './inserter.ts';
import { listFiles } from './list-files.ts';
import type { Quarantine } from './quarantine/quarantine.ts';
import { REPLAY_FOLDER, watchReplays } from './replay.ts';
import { OpenSegment } from './segment.ts';
import { WaitingFiles } from './waiting-files.ts';
import { type SpoolBlock, WriteQueue } from './write-queue.ts';

export interface SpoolOptions extends Pick<InserterDeps, 'insert' | 'onFailed'>, Pick<FileChecksDeps, 'firstRetryMs'> {
  /** Made when it is missing. One process at a time. */
  readonly dir: string;
  /** The counters of each table that may be written. */
  readonly tables: Readonly<Record<string, SignalCounters>>;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  /** A segment is inserted once it is this old, however small. */
  readonly flushMs: number;
  /** The same for the first rows after a quiet while. */
  readonly firstFlushMs?: number;
  readonly quarantine: Pick<Quarantine, 'putRows' | 'putBytes' | 'putFile' | 'putLost'>;
  /** Called when rows came back from the quarantine. */
  readonly onReplay?: () => void;
  readonly log: FileChecksDeps['log'];
  readonly now: () => number;
}

/** What an earlier process left in the spool, as far as it is checked. */
export interface Recovered {
  tornTails: number;
  damagedRecords: number;
  unknownFiles: number;
}

/** How long a stop waits for the inserts that are under way when the time to drain is over. */
const STOP_GRACE_MS = 1000;

export class Spool {
  readonly #options: SpoolOptions;
  readonly #inserter: Inserter;
  readonly #checks: FileChecks;
  readonly #quota: DiskQuota;
  readonly #queues: { flush(): Promise<void> }[] = [];
  readonly #waiting = new WaitingFiles();
  readonly #recovered: Recovered = { tornTails: 0, damagedRecords: 0, unknownFiles: 0 };
  #nextOrder = 1;
  #stopReplays = (): void => {};
  /** Who has the folder open: two processes would cut each other's appends. */
  readonly #pidFile: string;

  private constructor(options: SpoolOptions) {
    this.#options = options;
    this.#pidFile = `${options.dir}.pid`;
    const { dir, maxBytes, minFreeBytes, tables, quarantine, insert, onFailed, log, now } = options;
    this.#quota = new DiskQuota({ dir, maxBytes, minFreeBytes, usedBytes: () => this.bytes });
    this.#inserter = new Inserter({
      insert,
      quarantine: quarantine.putRows,
      onFailed,
      log,
      now,
      onInserted: (segment, insertedRows, quarantinedRows) => {
        const counters = this.#countersOf(segment.table);
        counters.spooled -= segment.rows;
        counters.inserted += insertedRows;
        counters.quarantined += quarantinedRows;
        this.#waiting.inserted(segment.path);
      },
      onDeleted: ({ path }) => this.#waiting.deleted(path),
      onFileTrouble: (segment, error) => {
        const { path, bytes, failedReads = 0 } = segment;
        const sinceMs = this.#waiting.sinceOf(path) ?? now();
        this.#checks.pushFailed({ path, bytes, sinceMs, known: segment, failedReads }, error);
      },
    });
    this.#checks = new FileChecks({
      ...(options.firstRetryMs === undefined ? {} : { firstRetryMs: options.firstRetryMs }),
      tables: Object.keys(tables),
      quarantine,
      log,
      now,
      onChecked: (file, checked) => this.#takeChecked(file, checked),
      onGivenUp: ({ path, known }, how) => {
        this.#waiting.deleted(path);
        if (known === null) return;
        const counters = this.#countersOf(known.table);
        counters.spooled -= known.rows;
        counters[how] += known.rows;
      },
    });
  }

  /**
   * Opens the folder and takes rows at once. What an earlier process left is counted by its size, and checked and
   * inserted meanwhile.
   * @throws only when the folder itself cannot be made or read, or another process has it open
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { dir, now, tables, log } = options;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const spool = new Spool(options);
    await refuseIfInUse(dir, spool.#pidFile);
    await writeFile(spool.#pidFile, String(process.pid));
    const { files, nextOrder, strange } = await listFiles(dir, now());
    for (const file of strange)
      log.error({ file }, 'a directory in the spool bears the name of a segment; it is ignored');
    spool.#nextOrder = nextOrder;
    await spool.#quota.start();
    for (const file of files) spool.#takeUnchecked(file);
    spool.#stopReplays = watchReplays({
      dir: join(dir, REPLAY_FOLDER),
      tables: Object.keys(tables),
      now,
      onFound: (file) => {
        spool.#takeUnchecked(file);
        options.onReplay?.();
      },
    });
    return spool;
  }

  /** A file that this process did not write. */
  #takeUnchecked(file: SpoolFile): void {
    this.#waiting.set(file.path, file.bytes, file.sinceMs);
    this.#checks.push(file);
  }

  #takeChecked({ path, sinceMs, known }: SpoolFile, checked: Checked): void {
    const { segment, damagedRows, lostRows } = checked;
    this.#recovered.tornTails += checked.isTorn ? 1 : 0;
    this.#recovered.damagedRecords += checked.damagedRecords;
    this.#recovered.unknownFiles += checked.isUnknownVersion ? 1 : 0;
    const table = tableOf(path);
    if (table !== null && table in this.#options.tables) {
      const counters = this.#countersOf(table);
      const rows = segment?.rows ?? 0;
      if (known === null) counters.recover(rows + damagedRows);
      counters.spooled += rows - (known?.rows ?? 0);
      counters.quarantined += damagedRows;
      counters.lost += lostRows;
    }
    if (segment === null) {
      this.#waiting.deleted(path);
    } else {
      this.#waiting.set(path, segment.bytes, sinceMs);
      this.#inserter.push(segment);
    }
  }

  #countersOf(table: string): SignalCounters {
    return this.#options.tables[table] as SignalCounters;
  }

  /** What was found so far of what an earlier process left: torn tails, damaged records, files of other versions. */
  get recovered(): Readonly<Recovered> {
    return this.#recovered;
  }

  /** Files that have to be checked before they are inserted: left by an earlier process, or not readable now. */
  get unchecked(): { readonly files: number; readonly bytes: number } {
    return this.#checks.left;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#waiting.bytes;
  }

  /** When the oldest row that is not in storage came; null = none. */
  get oldestAtMs(): number | null {
    return this.#waiting.oldestMs;
  }

  /** Since when the same file is read or inserted, and the last failure of that; null = none is. Unix milliseconds. */
  get oldestTry(): { readonly sinceMs: number; readonly lastFailure: string } | null {
    const insert = this.#inserter.oldestTry;
    const sinceMs = this.#checks.readingSinceMs;
    if (sinceMs === null || (insert !== null && insert.sinceMs <= sinceMs)) return insert;
    return { sinceMs, lastFailure: 'a file of the spool is being read' };
  }

  /** Why nothing more can be taken, or null. */
  get fullBecause(): string | null {
    return this.#quota.fullBecause;
  }

  /** Asks the disk now, and returns fullBecause. */
  async checkQuota(): Promise<string | null> {
    await this.#quota.check();
    return this.fullBecause;
  }

  /** The write queue of one table. Call once per table. */
  writeQueue<Block extends SpoolBlock>(table: string, newBlock: () => Block): WriteQueue<Block> {
    const { dir, flushMs, firstFlushMs = 50, now, tables, log } = this.#options;
    const onRestored = ({ path, rows }: OpenSegment) =>
      log.error(
        { path, rows },
        'a file of the spool was deleted while it was open; it was written again, nothing is lost',
      );
    const queue = new WriteQueue<Block>({
      newBlock,
      flushMs,
      firstFlushMs,
      newSegment: async () => {
        const nonce = randomBytes(8).toString('hex');
        const name = { table, order: this.#nextOrder++, nonce };
        const segment = await OpenSegment.create(dir, name, { nowMs: now(), onRestored });
        this.#waiting.set(segment.path, 0, segment.createdAtMs);
        return segment;
      },
      onDurable: (rows, _bytes, segment) => {
        (tables[table] as SignalCounters).spooled += rows;
        this.#waiting.set(segment.path, segment.bytes, segment.createdAtMs);
      },
      onWriteFailed: () => this.#quota.noteFailedWrite(),
      onSealed: (segment) => {
        if (segment.rows > 0) this.#inserter.push(segment);
        else {
          this.#waiting.deleted(segment.path);
          void unlink(segment.path).catch(() => undefined);
        }
      },
    });
    this.#queues.push(queue);
    return queue;
  }

  /** Seals what is open and resolves when storage has everything. */
  async settled(): Promise<void> {
    for (const queue of this.#queues) await queue.flush();
    await this.#drained();
  }

  async #drained(): Promise<void> {
    // Each may have work for the other.
    while (!this.#checks.isIdle || !this.#inserter.isIdle) {
      await this.#checks.idle();
      await this.#inserter.idle();
    }
  }

  /** Syncs what waits, gives storage `drainMs` to take what it can, and leaves the rest for the next start. */
  async close(drainMs: number): Promise<void> {
    for (const queue of this.#queues) await queue.flush();
    await within(this.#drained(), drainMs);
    this.#stopReplays();
    await within(this.#checks.stop(), STOP_GRACE_MS);
    await this.#inserter.stop(STOP_GRACE_MS);
    this.#quota.stop();
    await unlink(this.#pidFile).catch(() => undefined);
  }
}
