// The default sink: one file of JSON lines. A line is on disk (fsync) before it counts, and nothing is rewritten in place.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type DeadLetter, DeadLetterError, type DeadLetterSink, type Handled } from './dead-letter.ts';

export interface DeadLetterFileOptions {
  /** Beyond this size the file takes no more letters. Default 64 MiB. */
  maxBytes?: number | undefined;
}

type Line = { letter: DeadLetter } | { removed: string };

/**
 * Letters in the file `path`; its folder is made when missing. A replay moves the file aside and works through it, so
 * letters that come meanwhile start a new one; each letter that is done with is noted there at once, and after a crash
 * the next replay goes on where the last one stopped. One process at a time should use a file.
 */
export function deadLetterFile(path: string, { maxBytes = 64 * 2 ** 20 }: DeadLetterFileOptions = {}): DeadLetterSink {
  return new DeadLetterFile(path, maxBytes);
}

class DeadLetterFile implements DeadLetterSink {
  readonly #path: string;
  readonly #maxBytes: number;
  /** Writes and replays one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #draining = false;

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  put(letter: DeadLetter): Promise<void> {
    return this.#inTurn(async () => {
      const line = lineOf({ letter });
      const size = (await stat(this.#path).catch(() => null))?.size ?? 0;
      if (size + line.length > this.#maxBytes) {
        throw new DeadLetterError(
          `${this.#path} is full (${size} of ${this.#maxBytes} bytes). Replay or remove letters, or raise maxBytes.`,
        );
      }
      await append(this.#path, line);
    });
  }

  async drain(handle: (letter: DeadLetter) => Promise<Handled>): Promise<void> {
    if (this.#draining) throw new DeadLetterError(`${this.#path} is being replayed already.`);
    this.#draining = true;
    try {
      await this.#inTurn(() => this.#setAside());
      for (const aside of await this.#asides()) await this.#work(aside, handle);
    } finally {
      this.#draining = false;
    }
  }

  async #work(aside: string, handle: (letter: DeadLetter) => Promise<Handled>): Promise<void> {
    for (const letter of await lettersIn(aside)) {
      const handled = await handle(letter);
      // Back in the file first, then noted as removed: a crash in between doubles a letter and loses none.
      if (!handled.done) await this.#inTurn(() => append(this.#path, lineOf({ letter: handled.letter })));
      await append(aside, lineOf({ removed: letter.id }));
    }
    await rm(aside, { force: true });
  }

  async #setAside(): Promise<void> {
    const aside = `${this.#path}.replaying-${Date.now()}-${randomUUID().slice(0, 8)}`;
    await rename(this.#path, aside).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }

  /** Files set aside, also by a replay that crashed; oldest first. */
  async #asides(): Promise<string[]> {
    const prefix = `${basename(this.#path)}.replaying-`;
    const names = await readdir(dirname(this.#path)).catch(() => []);
    return names
      .filter((name) => name.startsWith(prefix))
      .sort()
      .map((name) => join(dirname(this.#path), name));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** The letters of a file that were not removed. A line torn by a crash was never acknowledged and is passed over. */
async function lettersIn(path: string): Promise<DeadLetter[]> {
  const open = new Map<string, DeadLetter>();
  for (const text of (await readFile(path, 'utf8')).split('\n')) {
    const line = parse(text);
    if (line === null) continue;
    if ('removed' in line) open.delete(line.removed);
    else open.set(line.letter.id, line.letter);
  }
  return [...open.values()];
}

function parse(text: string): Line | null {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line !== 'object' || line === null) return null;
    if ('removed' in line && typeof line.removed === 'string') return { removed: line.removed };
    const letter: unknown = 'letter' in line ? line.letter : null;
    const isLetter = typeof letter === 'object' && letter !== null && 'id' in letter && typeof letter.id === 'string';
    return isLetter ? { letter: letter as DeadLetter } : null;
  } catch {
    return null;
  }
}

/** Begins with a line break when the last write was torn, so that it spoils no whole line. */
function lineOf(line: Line): Buffer {
  return Buffer.from(`${JSON.stringify(line)}\n`);
}

async function append(path: string, line: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Letters hold people's data: readable for the owner only.
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const last = size === 0 ? '\n' : (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString();
    await file.appendFile(last === '\n' ? line : Buffer.concat([Buffer.from('\n'), line]));
    await file.sync();
  } finally {
    await file.close();
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
