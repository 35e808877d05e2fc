// Idempotency keys in a folder, one file per key: they survive the process, and are shared by the processes of a machine.
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expectName } from '../expect.ts';
import { takeLock, withLock } from './file-lock.ts';
import {
  type Claim,
  type ClaimRequest,
  type IdempotencyStore,
  isClaimable,
  isHeldBy,
  type KeyRecord,
  newClaim,
} from './idempotency-store.ts';
import { isGone, isThis, readOwner, thisOwner, writeOwner } from './process-owner.ts';

/**
 * A process that is alive but does not renew its lease is busy: its event loop is blocked, or it is stopped. After this
 * long it counts as lost anyway.
 */
const MAX_BUSY_MS = 600_000;

/** As it is in its file: with the process that has it in flight. */
type Stored = KeyRecord & { owner?: string };

/**
 * Keys in `folder`, which is made when missing. A claim is a file that only one process can create; every change is on
 * disk (fsync) before it counts. Names of files are hashes: keys may hold any characters. Processes of one machine know
 * of each other whether they live, so a busy one keeps its key, and the key of a killed one is known to be open at once.
 * @throws TypeError without a folder
 */
export function fileKeys(folder: string): IdempotencyStore {
  expectName("fileKeys('./keys')", 'The folder', folder);
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
    const mine = owned(newClaim(token, request));
    if (await this.#create(path, mine)) return { state: 'claimed', token };
    const known = await readRecord(path);
    // Removed in the meantime: forgotten or swept. Once more, as if for the first time.
    if (known === null) return this.claim(key, request);
    if (!isClaimable(known, request)) return asKnown(known, request.nowMs);
    return (await this.#takeOver(path, mine, request)) ?? { state: 'claimed', token };
  }

  async settle(key: string, token: string, record: KeyRecord): Promise<void> {
    const path = this.#path(key);
    // Under a lock, so that no one changes the record between the read and the write.
    await withLock(`${path}.lock`, async () => {
      if (isHeldBy(await readRecord(path), token)) await this.#replace(path, record);
    });
  }

  async renew(key: string, token: string, leaseUntilMs: number): Promise<void> {
    const path = this.#path(key);
    await withLock(`${path}.lock`, async () => {
      const known = await readRecord(path);
      if (known?.state === 'in_flight' && known.token === token)
        await this.#replace(path, owned({ ...known, leaseUntilMs }));
    });
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
    const release = await takeLock(`${path}.lock`);
    if (release === null) {
      const now = await readRecord(path);
      // Another caller is taking it right now: it is in flight, whatever its file still says.
      return now === null || isClaimable(now, request) ? mine : now;
    }
    try {
      const now = await readRecord(path);
      if (now !== null && !isClaimable(now, request)) return now;
      await this.#replace(path, mine);
      return null;
    } finally {
      await release();
    }
  }
}

function owned(record: KeyRecord): Stored {
  return { ...record, owner: writeOwner(thisOwner()) };
}

/** The record as others see it: whether its lease holds depends on whether its process lives. */
function asKnown(stored: Stored, nowMs: number): KeyRecord {
  const { owner: text, ...record } = stored;
  const owner = text === undefined ? null : readOwner(text);
  if (record.state !== 'in_flight' || owner === null || isThis(owner)) return record;
  const gone = isGone(owner);
  if (gone === true) return { ...record, leaseUntilMs: 0 };
  const isBusy = gone === false && record.leaseUntilMs <= nowMs && nowMs - record.leaseUntilMs < MAX_BUSY_MS;
  return isBusy ? { ...record, leaseUntilMs: nowMs + 1 } : record;
}

/** null when there is no such file. @throws when it cannot be read as a record: running the action again is no answer */
async function readRecord(path: string): Promise<Stored | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Stored;
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
