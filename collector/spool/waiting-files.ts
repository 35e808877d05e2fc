// The files of the spool: how many bytes they take up on disk, and when the oldest came that is not in storage.
export class WaitingFiles {
  readonly #bytes = new Map<string, number>();
  readonly #sinceMs = new Map<string, number>();
  #sum = 0;

  /** Of all files that are not deleted. */
  get bytes(): number {
    return this.#sum;
  }

  /** Unix milliseconds; null = everything is in storage. */
  get oldestMs(): number | null {
    let oldest: number | null = null;
    for (const ms of this.#sinceMs.values()) if (oldest === null || ms < oldest) oldest = ms;
    return oldest;
  }

  sinceOf(path: string): number | undefined {
    return this.#sinceMs.get(path);
  }

  /** A file is there, or has grown or shrunk. */
  set(path: string, bytes: number, sinceMs: number): void {
    this.#sum += bytes - (this.#bytes.get(path) ?? 0);
    this.#bytes.set(path, bytes);
    this.#sinceMs.set(path, sinceMs);
  }

  /** Its rows are in storage or in the quarantine. */
  inserted(path: string): void {
    this.#sinceMs.delete(path);
  }

  deleted(path: string): void {
    this.#sum -= this.#bytes.get(path) ?? 0;
    this.#bytes.delete(path);
    this.#sinceMs.delete(path);
  }
}
