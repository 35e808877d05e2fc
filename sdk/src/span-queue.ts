// Ended spans that wait to be sent, in the order in which they ended. When there are too many, the least important are dropped.
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { guessBytes, IMPORTANCES, type Importance, importanceOf } from './span-weight.ts';

interface Waiting {
  readonly bytes: number;
  readonly importance: Importance;
}

export class SpanQueue {
  readonly #maxSize: number;
  readonly #spans = new Map<ReadableSpan, Waiting>();
  readonly #byImportance = IMPORTANCES.map(() => new Set<ReadableSpan>());
  #bytes = 0;
  #wasTooShort = false;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get size(): number {
    return this.#spans.size;
  }

  /** An estimate: span-weight.ts. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the span. Returns the span that was dropped because the queue is full: this one, or one that matters less. */
  add(span: ReadableSpan): ReadableSpan | null {
    const importance = importanceOf(span);
    const isFull = this.#spans.size >= this.#maxSize;
    this.#wasTooShort ||= isFull;
    const dropped = isFull ? (this.#lessThan(importance) ?? span) : null;
    if (dropped === span) return span;
    if (dropped !== null) this.#remove(dropped);
    const waiting = { bytes: guessBytes(span), importance };
    this.#spans.set(span, waiting);
    this.#byImportance[importance]?.add(span);
    this.#bytes += waiting.bytes;
    return dropped;
  }

  /**
   * Takes at most `maxCount` of about `maxBytes` together; one that is larger comes alone. The oldest first, but once the
   * queue has been too short the most important: what is left behind may have to go.
   */
  take(maxCount: number, maxBytes: number): ReadableSpan[] {
    const taken: ReadableSpan[] = [];
    let bytes = 0;
    const isByImportance = this.#wasTooShort && this.#spans.size > maxCount;
    for (const span of isByImportance ? this.#mostImportantFirst() : this.#spans.keys()) {
      const waiting = this.#spans.get(span)?.bytes ?? 0;
      if (taken.length > 0 && (taken.length >= maxCount || bytes + waiting > maxBytes)) break;
      taken.push(span);
      bytes += waiting;
      this.#remove(span);
    }
    return taken;
  }

  *#mostImportantFirst(): Generator<ReadableSpan> {
    for (const spans of this.#byImportance.toReversed()) yield* spans;
  }

  #lessThan(importance: Importance): ReadableSpan | undefined {
    for (const spans of this.#byImportance.slice(0, importance)) {
      const [oldest] = spans;
      if (oldest !== undefined) return oldest;
    }
    return undefined;
  }

  #remove(span: ReadableSpan): void {
    const waiting = this.#spans.get(span);
    if (waiting === undefined) return;
    this.#spans.delete(span);
    this.#byImportance[waiting.importance]?.delete(span);
    this.#bytes -= waiting.bytes;
  }
}

/** The most important first; otherwise as they are. */
export function byImportance(spans: readonly ReadableSpan[]): ReadableSpan[] {
  return IMPORTANCES.toReversed().flatMap((wanted) => spans.filter((span) => importanceOf(span) === wanted));
}
