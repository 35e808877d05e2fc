// Spans that will never arrive: their number is sent with those that do. The lost end of a run that the receiver knows is
// sent again: otherwise the receiver would treat the run as lost and the process as gone.
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { TELLTALE } from './attributes.ts';
import { guessBytes, isRoot, shortened } from './span-weight.ts';

/** Runs tracked individually; beyond this the oldest are dropped. */
const MAX_RUNS = 10_000;
/** Ends kept to be sent again; beyond this the oldest are given up. */
const MAX_ENDS = 1_000;
/** A larger span is sent again without its long texts. */
const WHOLE_BYTES = 16 * 1024;

export class LostSpans {
  /** All that were lost so far. */
  count = 0;
  #saidCount = 0;
  readonly #byRun = new Map<string, number>();
  /** Runs of which the receiver has spans, but not the root yet. */
  readonly #begun = new Set<string>();
  readonly #wasAnnounced: (span: ReadableSpan) => boolean;
  #ends: ReadableSpan[] = [];

  /** @param wasAnnounced whether the receiver knows that the span's step is open */
  constructor(wasAnnounced: (span: ReadableSpan) => boolean) {
    this.#wasAnnounced = wasAnnounced;
  }

  add(span: ReadableSpan): void {
    this.count += 1;
    const { traceId } = span.spanContext();
    this.#byRun.set(traceId, (this.#byRun.get(traceId) ?? 0) + 1);
    forgetOldest(this.#byRun);
    if (!this.#wasAnnounced(span) && !(isRoot(span) && this.#begun.has(traceId))) return;
    this.#ends.push(guessBytes(span) > WHOLE_BYTES ? shortened(span) : span);
    if (this.#ends.length > MAX_ENDS) this.#ends.shift();
  }

  /** Records that the receiver has the span. */
  noteSent(span: ReadableSpan): void {
    const { traceId } = span.spanContext();
    if (isRoot(span)) {
      this.#begun.delete(traceId);
      return;
    }
    this.#begun.add(traceId);
    forgetOldest(this.#begun);
  }

  /** Lost ends of known steps, to be sent again; they are not counted twice. The caller takes them over. */
  takeEnds(): ReadableSpan[] {
    const ends = this.#ends;
    this.#ends = [];
    return ends;
  }

  get hasEnds(): boolean {
    return this.#ends.length > 0;
  }

  /** Takes back ends that could not be sent this time either. */
  putBack(ends: readonly ReadableSpan[]): void {
    this.#ends = [...ends, ...this.#ends].slice(-MAX_ENDS);
  }

  /** Annotates ended spans that are about to be sent: roots with the lost spans of their run, one with those of the process. */
  annotate(spans: readonly ReadableSpan[]): void {
    if (this.count === 0) return;
    for (const span of spans) {
      if (this.#saidCount < this.count) {
        span.attributes[TELLTALE.LOST_OF_PROCESS] = this.count;
        this.#saidCount = this.count;
      }
      const { traceId } = span.spanContext();
      const ofRun = isRoot(span) ? this.#byRun.get(traceId) : undefined;
      if (ofRun === undefined) continue;
      span.attributes[TELLTALE.LOST_OF_RUN] = ofRun;
      this.#byRun.delete(traceId);
    }
  }
}

/** Sets and maps keep the order of insertion. */
function forgetOldest(known: Set<string> | Map<string, number>): void {
  if (known.size <= MAX_RUNS) return;
  for (const oldest of known.keys()) {
    known.delete(oldest);
    return;
  }
}
