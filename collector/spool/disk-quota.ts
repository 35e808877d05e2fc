// Whether the spool may grow: a cap on its own bytes, and a floor under the free space of its disk, so that the engine
// on the same disk can always insert what was acknowledged.
import { open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface DiskQuotaOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly usedBytes: () => number;
}

/** How often the disk is asked. */
const CHECK_EVERY_MS = 1000;
/** Large enough not to fit into what a full disk has left in a block. */
const PROBE_BYTES = 64 * 1024;

export class DiskQuota {
  readonly #options: DiskQuotaOptions;
  #freeBytes = Number.POSITIVE_INFINITY;
  #hasWriteFailed = false;
  #isLooking = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: DiskQuotaOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.check();
    this.#timer = setInterval(() => void this.look(), CHECK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** A write failed: the disk counts as full until a write succeeds again, whatever free space it reports. */
  noteFailedWrite(): void {
    this.#hasWriteFailed = true;
  }

  /** Asks the disk, and after a failed write tries one: only that shows whether the disk accepts writes again. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.check();
      if (this.#hasWriteFailed) this.#hasWriteFailed = !(await canWrite(this.#options.dir));
    } finally {
      this.#isLooking = false;
    }
  }

  /** Asks the disk now. A file system that does not report its free space counts as having enough: a write will show. */
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

async function canWrite(dir: string): Promise<boolean> {
  // Named as what a start deletes.
  const path = join(dir, 'probe.tmp');
  try {
    const file = await open(path, 'w', 0o600);
    try {
      await file.writeFile(Buffer.alloc(PROBE_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch {
    return false;
  } finally {
    await unlink(path).catch(() => undefined);
  }
}
