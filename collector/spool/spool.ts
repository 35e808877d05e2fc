// The spool: rows are on disk before their sender is told so, and stay there until storage has them. One lane per
// table writes segments; one inserter empties them, whatever died in between.
import { randomBytes } from 'node:crypto';
import { mkdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refuseIfInUse } from '#storage/cannot-open';
import type { SignalCounters } from '../counters.ts';
import { Inserter, type InserterDeps, within } from './inserter.ts';
import { Lane, type SpoolBlock } from './lane.ts';
import { type RecoverDeps, type Recovered, recover } from './recover.ts';
import { watchRedrive } from './redrive.ts';
import { Room } from './room.ts';
import { OpenSegment, type SealedSegment } from './segment.ts';

export interface SpoolOptions extends Pick<InserterDeps, 'insert' | 'bisect' | 'onFailed'> {
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
  readonly keepAside: RecoverDeps['keepAside'];
  readonly quarantine: InserterDeps['quarantine'];
  /** Called when rows came back from the quarantine. */
  readonly onRedrive?: () => void;
  readonly log: RecoverDeps['log'];
  readonly now: () => number;
}

/** How long a stop waits for the inserts that are under way when the time to drain is over. */
const STOP_GRACE_MS = 1000;

export class Spool {
  readonly #options: SpoolOptions;
  readonly #inserter: Inserter;
  readonly #room: Room;
  readonly #lanes: { flush(): Promise<void> }[] = [];
  /** Segments on disk: when their first row came. */
  readonly #since = new Map<string, number>();
  #bytes = 0;
  #nextOrder = 1;
  #recovered: Recovered | null = null;
  #stopRedrive = (): void => {};
  /** Who has the folder open: two processes would cut each other's appends. */
  readonly #pidFile: string;

  private constructor(options: SpoolOptions) {
    this.#options = options;
    this.#pidFile = `${options.dir}.pid`;
    const { dir, maxBytes, minFreeBytes, tables } = options;
    this.#room = new Room({ dir, maxBytes, minFreeBytes, usedBytes: () => this.#bytes });
    this.#inserter = new Inserter({
      insert: options.insert,
      bisect: options.bisect,
      quarantine: options.quarantine,
      onFailed: options.onFailed,
      onInserted: (segment, insertedRows, quarantinedRows) => {
        const counters = tables[segment.table] as SignalCounters;
        counters.spooled -= segment.rows;
        counters.inserted += insertedRows;
        counters.quarantined += quarantinedRows;
        this.#forget(segment);
      },
    });
  }

  /**
   * Opens the folder, recovers what is in it and starts to insert that.
   * @throws only when the folder itself cannot be made or read, or another process has it open
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const spool = new Spool(options);
    await refuseIfInUse(options.dir, spool.#pidFile);
    await writeFile(spool.#pidFile, String(process.pid));
    await spool.#recover();
    await spool.#room.start();
    spool.#stopRedrive = watchRedrive(join(options.dir, 'redrive'), Object.keys(options.tables), (segment) => {
      spool.#takeOver(segment);
      options.onRedrive?.();
    });
    return spool;
  }

  async #recover(): Promise<void> {
    const { dir, tables, keepAside, log } = this.#options;
    const recovered = await recover({ dir, tables: Object.keys(tables), keepAside, log });
    this.#recovered = recovered;
    this.#nextOrder = recovered.nextOrder;
    for (const [table, rows] of recovered.damagedRows) {
      const counters = tables[table] as SignalCounters;
      counters.recover(rows);
      counters.quarantined += rows;
    }
    for (const segment of recovered.segments) this.#takeOver(segment);
  }

  /** A segment that this process did not write. */
  #takeOver(segment: SealedSegment): void {
    const counters = this.#options.tables[segment.table] as SignalCounters;
    counters.recover(segment.rows);
    counters.spooled += segment.rows;
    this.#bytes += segment.bytes;
    this.#since.set(segment.path, this.#options.now());
    this.#inserter.push(segment);
  }

  /** What start found: torn tails, damaged records, unknown files. */
  get recovered(): Recovered {
    return this.#recovered as Recovered;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest row that is not in storage came; null = none. */
  get oldestAtMs(): number | null {
    return this.#since.size === 0 ? null : Math.min(...this.#since.values());
  }

  /** Why nothing more can be taken, or null. */
  get fullBecause(): string | null {
    return this.#room.fullBecause;
  }

  /** The way into one table. Call once per table. */
  lane<Block extends SpoolBlock>(table: string, newBlock: () => Block): Lane<Block> {
    const { dir, flushMs, firstFlushMs = 50, now, tables } = this.#options;
    const lane = new Lane<Block>({
      newBlock,
      flushMs,
      firstFlushMs,
      newSegment: async () => {
        const nonce = randomBytes(8).toString('hex');
        const segment = await OpenSegment.create(dir, table, this.#nextOrder++, nonce, now());
        this.#since.set(segment.path, segment.createdAtMs);
        return segment;
      },
      onDurable: (rows, bytes) => {
        (tables[table] as SignalCounters).spooled += rows;
        this.#bytes += bytes;
      },
      onSealed: (segment) => {
        if (segment.rows > 0) this.#inserter.push(segment);
        else {
          this.#since.delete(segment.path);
          void unlink(segment.path).catch(() => undefined);
        }
      },
    });
    this.#lanes.push(lane);
    return lane;
  }

  /** Seals what is open and resolves when storage has everything. */
  async settled(): Promise<void> {
    for (const lane of this.#lanes) await lane.flush();
    await this.#inserter.idle();
  }

  /** Syncs what waits, gives storage `drainMs` to take what it can, and leaves the rest for the next start. */
  async close(drainMs: number): Promise<void> {
    for (const lane of this.#lanes) await lane.flush();
    await within(this.#inserter.idle(), drainMs);
    await this.#inserter.stop(STOP_GRACE_MS);
    this.#room.stop();
    this.#stopRedrive();
    await unlink(this.#pidFile).catch(() => undefined);
  }

  #forget(segment: SealedSegment): void {
    this.#bytes -= segment.bytes;
    this.#since.delete(segment.path);
  }
}
