// What was sent and not stored, or stored shorter, by reason and sender: added up in memory, taken once a minute into
// storage (collector/note-intake.ts). It says what /api/skipped shows; the counters say how much, whatever happens here.
import type { Skip, SkipKind } from '#contracts/skipped';
import { storedName } from '#storage/native/cut-name';

/** Senders, reasons and keys are those of others: beyond this many at once, the rest are one. */
const MAX_ENTRIES = 500;
/** The sender of what was counted together. */
export const OTHER_SENDERS = '(others)';

/** One thing that happened, and where. */
export interface SkipEvent {
  readonly kind: SkipKind;
  readonly reason: string;
  /** The service, or what is known of the client; empty when nothing is. */
  readonly sender: string;
  /** For a value: the attribute's key. */
  readonly subject?: string;
  readonly count: number;
  /** For values: how long they were, and how much of it is kept. */
  readonly bytes?: number;
  readonly keptBytes?: number;
}

export class SkipLog {
  readonly #entries = new Map<string, Mutable<Skip>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Never throws: what it notes has happened already. */
  note(event: SkipEvent): void {
    if (event.count <= 0) return;
    const { kind, reason, count, bytes = 0, keptBytes = 0 } = event;
    const atMs = this.#now();
    const named = { kind, reason, sender: storedName(event.sender), subject: storedName(event.subject ?? '') };
    const entry = this.#find(named) ?? this.#find({ kind, reason, sender: OTHER_SENDERS, subject: '' }, true);
    if (entry === undefined) return;
    entry.count += count;
    entry.bytes += bytes;
    entry.keptBytes += keptBytes;
    entry.largestBytes = Math.max(entry.largestBytes, bytes);
    entry.lastAtMs = Math.max(entry.lastAtMs, atMs);
  }

  /** Whether nothing was noted since `take`. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** What was noted since this was last called. */
  take(): Skip[] {
    const taken = [...this.#entries.values()];
    this.#entries.clear();
    return taken;
  }

  #find(named: Pick<Skip, 'kind' | 'reason' | 'sender' | 'subject'>, isLast = false): Mutable<Skip> | undefined {
    const key = JSON.stringify([named.kind, named.reason, named.sender, named.subject]);
    const known = this.#entries.get(key);
    if (known !== undefined || (this.#entries.size >= MAX_ENTRIES && !isLast)) return known;
    const atMs = this.#now();
    const made = { ...named, count: 0, bytes: 0, keptBytes: 0, largestBytes: 0, firstAtMs: atMs, lastAtMs: atMs };
    this.#entries.set(key, made);
    return made;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
