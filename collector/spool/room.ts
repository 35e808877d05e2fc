// Whether the spool may grow: a cap on its own bytes, and a floor under the free space of its disk, so that the engine
// beside it always has room for what it owes.
import { statfs } from 'node:fs/promises';

export interface RoomOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly usedBytes: () => number;
}

/** How often the disk is asked. */
const CHECK_EVERY_MS = 1000;

export class Room {
  readonly #options: RoomOptions;
  #freeBytes = Number.POSITIVE_INFINITY;
  #hasWriteFailed = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.check();
    this.#timer = setInterval(() => {
      // The next write shows whether the disk takes it again.
      this.#hasWriteFailed = false;
      void this.check();
    }, CHECK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** A write failed: there is no room until the next look at the disk, whatever it said last. */
  noteFailedWrite(): void {
    this.#hasWriteFailed = true;
  }

  /** Asks the disk now. A file system that does not say counts as having room: the write itself will tell. */
  async check(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#options.dir);
      this.#freeBytes = bavail * bsize;
    } catch {
      this.#freeBytes = Number.POSITIVE_INFINITY;
    }
  }

  /** Why nothing more can be taken, or null. */
  get fullBecause(): string | null {
    const { usedBytes, maxBytes, minFreeBytes } = this.#options;
    if (usedBytes() >= maxBytes) return 'The spool is full: storage has not caught up; send again shortly.';
    if (this.#freeBytes < minFreeBytes) return 'The disk is nearly full; free some space, then send again.';
    if (this.#hasWriteFailed)
      return 'The disk did not take the last write; see that it has free space, then send again.';
    return null;
  }
}
