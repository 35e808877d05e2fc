// The default sink: one file of JSON lines. A line is on disk (fsync) before it counts, and nothing is rewritten in place.
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { expectName } from '../expect.ts';
import { type DeadLetter, DeadLetterError, type DeadLetterSink, type Handled } from './dead-letter.ts';
import { withLock } from './file-lock.ts';
import { eachAside, ignoreMissing, setAside } from './letters-aside.ts';

export interface DeadLetterFileOptions {
  /** Beyond this size the file takes no more letters. Default 64 MiB. */
  maxBytes?: number | undefined;
}

type Line = { letter: DeadLetter } | { removed: string };

/**
 * Letters in the file `path`; its folder is made when missing. A replay moves the file aside and works through it, so
 * letters that arrive meanwhile start a new one; each handled letter is recorded there at once, and after a crash
 * the next replay continues where the last one stopped. All processes of a machine may share a file: a letter is replayed by
 * one of them at a time, and letters of another process are taken over only when it is gone.
 * @throws TypeError without a path
 */
export function deadLetterFile(path: string, { maxBytes = 64 * 2 ** 20 }: DeadLetterFileOptions = {}): DeadLetterSink {
  expectName("deadLetterFile('/var/lib/desk/refunds.jsonl')", 'The path', path);
  return new DeadLetterFile(resolve(path), maxBytes);
}

class DeadLetterFile implements DeadLetterSink {
  readonly #path: string;
  readonly #maxBytes: number;
  /** Writes one after the other. */
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
      await this.#inTurn(() => setAside(this.#path));
      await eachAside(this.#path, (aside) => this.#work(aside, handle));
    } finally {
      this.#draining = false;
    }
  }

  async #work(aside: string, handle: (letter: DeadLetter) => Promise<Handled>): Promise<void> {
    for (const letter of await lettersIn(aside)) {
      const handled = await handle(letter);
      // Written back first, then recorded as removed: a crash in between duplicates a letter and loses none.
      if (!handled.done) await this.#inTurn(() => append(this.#path, lineOf({ letter: handled.letter })));
      await append(aside, lineOf({ removed: letter.id }));
    }
    await rm(aside, { force: true });
  }

  /**
   * One after the other, in this process and in all others: a letter that is written while the file is moved aside would
   * be in a file that nobody reads any more.
   */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const locked = async (): Promise<T> => {
      await mkdir(dirname(this.#path), { recursive: true });
      return withLock(`${this.#path}.lock`, work);
    };
    const mine = this.#turn.then(locked, locked);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** The letters of a file that were not removed. A line torn by a crash was never acknowledged and is skipped. */
async function lettersIn(path: string): Promise<DeadLetter[]> {
  const open = new Map<string, DeadLetter>();
  for (const text of (await textOf(path)).split('\n')) {
    const line = parse(text);
    if (line === null) continue;
    if ('removed' in line) open.delete(line.removed);
    else open.set(line.letter.id, line.letter);
  }
  return [...open.values()];
}

/** Empty when the file is gone: another replay of this process was done with it first. */
async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(ignoreMissing)) ?? '';
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
