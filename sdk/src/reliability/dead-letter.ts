// A dead letter: work that failed permanently, with everything that is needed to do it later.
import type { DeadLetterReason } from '../attributes.ts';
import { brand } from '../brand.ts';
import type { Failure } from './failure.ts';

export interface DeadLetter {
  id: string;
  queue: string;
  /** Name of the step that failed. */
  step: string;
  reason: DeadLetterReason;
  /** ISO 8601, UTC. */
  at: string;
  /** What the step got, after the mask. Absent when there was none or it could not be written as JSON. */
  input?: unknown;
  /** Your reference to the input, else the span that holds it: what was masked can be looked up there. */
  inputRef: string;
  error: Failure & { stack?: string | undefined };
  /** The span that failed; its trace shows the whole run. */
  traceId: string;
  spanId: string;
  agent?: string | undefined;
  sessionId?: string | undefined;
  userId?: string | undefined;
  idempotencyKey?: string | undefined;
  /** How often it was replayed without success. */
  replays: number;
}

/** Where dead letters go. Implement this over your queue or database. */
export interface DeadLetterSink {
  /** Resolves when the letter is kept. Rejects with a DeadLetterError when it cannot be. */
  put: (letter: DeadLetter) => Promise<void>;
  /**
   * Calls `handle` for each letter, oldest first, one at a time. A letter whose handling resolves is removed; when it
   * rejects, the letter that `handle` put in its place stays. Letters that come meanwhile wait for the next time.
   */
  drain: (handle: (letter: DeadLetter) => Promise<Handled>) => Promise<void>;
}

/** Remove it, or keep it as this. */
export type Handled = { done: true } | { done: false; letter: DeadLetter };

/** A letter could not be kept, for instance because the file is full. The span of the letter still records it. */
export class DeadLetterError extends Error {
  override readonly name = 'DeadLetterError';

  static {
    brand(DeadLetterError, 'DeadLetterError');
  }
}
