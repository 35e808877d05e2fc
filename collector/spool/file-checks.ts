// Checks files of the spool one after the other, beside everything else: those that an earlier process left, those that
// came back from the quarantine, and those that an insert could not read. A file that cannot be read now is tried again
// a few times, with others in between, and then quarantined: it concerns only itself. When the process has no file handle
// left, it is tried again for as long as it takes.
import { basename } from 'node:path';
import { type CheckDeps, type Checked, checkFile, type SpoolFile } from './check-file.ts';
import { failpoint } from './failpoint.ts';
import { ChangedError, GoneError, isOutOfHandles, messageOf } from './file-trouble.ts';

export interface FileChecksDeps extends CheckDeps {
  readonly onChecked: (file: SpoolFile, checked: Checked) => void;
  /** The bytes are gone, or the file was moved to the quarantine because it could not be read. */
  readonly onGivenUp: (file: SpoolFile, how: 'lost' | 'quarantined') => void;
  /** Milliseconds from the first failed read to the next try; doubled each time. */
  readonly firstRetryMs?: number;
  readonly now: () => number;
}

/** With the waits below a file has a minute and a half to come back. */
export const MAX_FAILED_READS = 8;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;

interface Task {
  readonly file: SpoolFile;
  /** Why it is not read again but quarantined; null = it is read. */
  readonly giveUpBecause: string | null;
}

export class FileChecks {
  readonly #deps: FileChecksDeps;
  readonly #queue: Task[] = [];
  readonly #delayed = new Map<Task, NodeJS.Timeout>();
  #current: { readonly task: Task; readonly sinceMs: number } | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #onIdle: (() => void)[] = [];

  constructor(deps: FileChecksDeps) {
    this.#deps = deps;
  }

  push(file: SpoolFile): void {
    this.#enqueue({ file, giveUpBecause: null });
  }

  /** A file that an insert could not read. */
  pushFailed(file: SpoolFile, error: unknown): void {
    // A look at what is there now settles what has become of it.
    if (error instanceof GoneError || error instanceof ChangedError) this.push(file);
    else this.#again(file, error);
  }

  /** Files that are not checked yet, and their bytes. */
  get left(): { readonly files: number; readonly bytes: number } {
    const tasks = [...this.#queue, ...this.#delayed.keys(), ...(this.#current === null ? [] : [this.#current.task])];
    return { files: tasks.length, bytes: tasks.reduce((sum, { file }) => sum + file.bytes, 0) };
  }

  /** Since when the file is read that is read now; Unix milliseconds, null = none is. */
  get readingSinceMs(): number | null {
    return this.#current?.sinceMs ?? null;
  }

  get isIdle(): boolean {
    return this.#current === null && this.#queue.length === 0 && this.#delayed.size === 0;
  }

  idle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Ends after the file that is being checked. What is left is there for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.length = 0;
    for (const timer of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    await this.#running;
  }

  #enqueue(task: Task): void {
    if (this.#stopped) return;
    this.#queue.push(task);
    if (this.#current === null) this.#running = this.#run();
  }

  async #run(): Promise<void> {
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) {
      this.#current = { task, sinceMs: this.#deps.now() };
      await (task.giveUpBecause === null ? this.#check(task.file) : this.#quarantine(task.file, task.giveUpBecause));
    }
    this.#current = null;
    if (this.isIdle) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  async #check(file: SpoolFile): Promise<void> {
    failpoint('during_recovery');
    try {
      this.#deps.onChecked(file, await checkFile(file, this.#deps));
      failpoint('after_check');
    } catch (error) {
      if (error instanceof GoneError) await this.#lose(file, error.message);
      else this.#again(file, error);
    }
  }

  async #lose(file: SpoolFile, why: string): Promise<void> {
    const { log, quarantine, onGivenUp } = this.#deps;
    const name = basename(file.path);
    const rows = file.known?.rows ?? null;
    log.error({ file: name, rows, reason: why }, 'acknowledged rows are lost: a file of the spool is gone');
    await quarantine
      .putLost({ source: name, reason: `lost: ${why} before it was inserted`, rows: rows ?? 0 })
      .catch((err: unknown) => log.error({ err, file: name }, 'the loss could not be recorded in the quarantine'));
    onGivenUp(file, 'lost');
  }

  #again(before: SpoolFile, error: unknown): void {
    const { log, firstRetryMs = FIRST_RETRY_MS } = this.#deps;
    const reason = messageOf(error);
    const file = { ...before, failedReads: before.failedReads + (isOutOfHandles(error) ? 0 : 1) };
    const { path, known, failedReads } = file;
    const isLast = failedReads >= MAX_FAILED_READS;
    const waitMs = isLast ? 0 : Math.min(MAX_RETRY_MS, firstRetryMs * 2 ** Math.max(0, failedReads - 1));
    log.error(
      { file: basename(path), rows: known?.rows ?? null, failedReads, reason },
      `a file of the spool could not be read; ${isLast ? 'will be quarantined' : 'will retry'}`,
    );
    this.#later({ file, giveUpBecause: isLast ? reason : null }, waitMs);
  }

  async #quarantine(file: SpoolFile, reason: string): Promise<void> {
    const { quarantine, onGivenUp, log } = this.#deps;
    const note = { source: basename(file.path), reason: `unreadable: ${reason}`, rows: file.known?.rows ?? 0 };
    try {
      await quarantine.putFile(note, file.path, file.bytes);
      onGivenUp(file, 'quarantined');
    } catch (err) {
      log.error({ err, file: note.source }, 'an unreadable file of the spool could not be quarantined; will retry');
      this.#later({ file, giveUpBecause: reason }, MAX_RETRY_MS);
    }
  }

  #later(task: Task, waitMs: number): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#delayed.delete(task);
      this.#enqueue(task);
    }, waitMs);
    this.#delayed.set(task, timer);
  }
}
