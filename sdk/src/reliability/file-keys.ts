// Idempotency keys in a folder, one file per key: they survive the process, and are shared by the processes of a machine.
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Claim,
  type ClaimRequest,
  type IdempotencyStore,
  isClaimable,
  type KeyRecord,
  newClaim,
} from './idempotency-store.ts';

/** Taking over an old record takes milliseconds. A lock older than this belongs to a process that is gone. */
const STALE_LOCK_MS = 60_000;

/**
 * Keys in `folder`, which is made when missing. A claim is a file that only one process can create; every change is on
 * disk (fsync) before it counts. Names of files are hashes: keys may hold any characters.
 */
export function fileKeys(folder: string): IdempotencyStore {
  return new FileKeys(folder);
}

class FileKeys implements IdempotencyStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async claim(key: string, request: ClaimRequest): Promise<Claim> {
    await mkdir(this.#folder, { recursive: true });
    const path = this.#path(key);
    const token = randomUUID();
    const mine = newClaim(token, request);
    if (await this.#create(path, mine)) return { state: 'claimed', token };
    const known = await readRecord(path);
    // Removed in the meantime: forgotten or swept. Once more, as if for the first time.
    if (known === null) return this.claim(key, request);
    if (!isClaimable(known, request)) return known;
    return (await this.#takeOver(path, mine, request)) ?? { state: 'claimed', token };
  }

  async settle(key: string, token: string, record: KeyRecord): Promise<void> {
    const path = this.#path(key);
    const known = await readRecord(path);
    if (known?.state === 'in_flight' && known.token === token) await this.#replace(path, record);
  }

  async forget(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  #path(key: string): string {
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  }

  /** True when this process made the file; a link fails when the name is taken, and never shows half a file. */
  async #create(path: string, record: KeyRecord): Promise<boolean> {
    const draft = await this.#draft(path, record);
    try {
      await link(draft, path);
      await syncFolder(this.#folder);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async #replace(path: string, record: KeyRecord): Promise<void> {
    await rename(await this.#draft(path, record), path);
    await syncFolder(this.#folder);
  }

  async #draft(path: string, record: KeyRecord): Promise<string> {
    const draft = `${path}.${randomUUID()}`;
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(record));
      await file.sync();
    } finally {
      await file.close();
    }
    return draft;
  }

  /** Replaces a record that may be claimed; null when it did, else what another process put there first. */
  async #takeOver(path: string, mine: KeyRecord, request: ClaimRequest): Promise<KeyRecord | null> {
    const lock = `${path}.lock`;
    if (!(await takeLock(lock))) return (await readRecord(path)) ?? mine;
    try {
      const now = await readRecord(path);
      if (now !== null && !isClaimable(now, request)) return now;
      await this.#replace(path, mine);
      return null;
    } finally {
      await rm(lock, { force: true });
    }
  }
}

async function takeLock(lock: string): Promise<boolean> {
  for (const isLast of [false, true]) {
    try {
      await (await open(lock, 'wx')).close();
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const made = await stat(lock).catch(() => null);
      if (isLast) return false;
      // Gone meanwhile: it is asked for again, and nothing is removed that another process may just have made.
      if (made === null) continue;
      if ((await fileTimeMs(lock)) - made.mtimeMs < STALE_LOCK_MS) return false;
      await rm(lock, { force: true });
    }
  }
  return false;
}

/** The time by the clock that dates files here: that of a file server, or of a machine whose own clock was set, differs. */
async function fileTimeMs(beside: string): Promise<number> {
  const path = `${beside}.${randomUUID()}`;
  const file = await open(path, 'wx', 0o600);
  try {
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

/** null when there is no such file. @throws when it cannot be read as a record: running the action again is no answer */
async function readRecord(path: string): Promise<KeyRecord | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as KeyRecord;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new Error(
      `The idempotency record ${path} cannot be read. Look whether the action was done, then remove it.`,
      {
        cause: error,
      },
    );
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
