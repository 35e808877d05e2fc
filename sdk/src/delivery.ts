// Counts what happens to every finished span: waiting, sent, refused or dropped. Loss must be visible.
import type { Context } from '@opentelemetry/api';
import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describeFailure } from './describe-failure.ts';
import type { ObservedExporter, Refusal } from './exporter.ts';

/** What became of the spans that ended since `start()`. The four counts add up to all of them. */
export interface Delivery {
  /** Taken by the receiver. */
  sent: number;
  /** Sent and not taken: the receiver could not be reached, answered with an error, or refused single spans. */
  failed: number;
  /** Never sent: the queue was full, or the span ended after shutdown. */
  dropped: number;
  /** Still waiting or on the way. */
  pending: number;
  /** The last reason for a failure, or null. */
  lastError: string | null;
}

type ExportCallback = Parameters<SpanExporter['export']>[1];
type ExportResult = Parameters<ExportCallback>[0];
type Outcome = ExportResult & { refusal: Refusal | null; isUnreadable?: boolean };

/** The result codes; `ExportResultCode` itself lives in a package that we do not depend on. */
const SUCCESS: ExportResult['code'] = 0;
const FAILED: ExportResult['code'] = 1;

/** An exporter that keeps the books. It reports success upwards even on failure: the failure is counted and said here. */
export class CountingExporter implements SpanExporter {
  readonly counts = { sent: 0, failed: 0 };
  /** Told of every batch that leaves the queue. */
  onHandedOver: (spans: readonly ReadableSpan[]) => void = () => undefined;
  lastError: string | null = null;
  readonly #inner: ObservedExporter;
  readonly #onFailure: (reason: string) => void;
  readonly #running = new Set<Promise<void>>();
  readonly #onTheWay = new Set<ReadableSpan[]>();

  constructor(inner: ObservedExporter, onFailure: (reason: string) => void) {
    this.#inner = inner;
    this.#onFailure = onFailure;
  }

  export(spans: ReadableSpan[], done: ExportCallback): void {
    this.onHandedOver(spans);
    this.#onTheWay.add(spans);
    const run = this.#sendAndBook(spans).then(() => {
      this.#onTheWay.delete(spans);
      done({ code: SUCCESS });
    });
    this.#running.add(run);
    run.finally(() => this.#running.delete(run));
  }

  /** Resolves when no export is on the way any more. */
  async forceFlush(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
    await this.#inner.exporter.shutdown();
  }

  /** Spans whose answer has not come. */
  get onTheWay(): ReadableSpan[] {
    return [...this.#onTheWay].flat();
  }

  /** One span that cannot be written as OTLP must not take its whole batch along. */
  async #sendAndBook(spans: ReadableSpan[]): Promise<void> {
    const outcome = await this.#send(spans);
    if (outcome.isUnreadable !== true || spans.length === 1) {
      this.#book(spans.length, outcome);
      return;
    }
    const middle = Math.ceil(spans.length / 2);
    await this.#sendAndBook(spans.slice(0, middle));
    await this.#sendAndBook(spans.slice(middle));
  }

  #send(spans: ReadableSpan[]): Promise<Outcome> {
    return new Promise((resolve) => {
      try {
        // takeRefusal must run inside the callback: the next answer would overwrite it.
        this.#inner.exporter.export(spans, (result) => resolve({ ...result, refusal: this.#inner.takeRefusal() }));
      } catch (error) {
        const reason = error instanceof Error ? error : new Error('a span cannot be written as OTLP');
        resolve({ code: FAILED, error: reason, refusal: null, isUnreadable: true });
      }
    });
  }

  #book(count: number, { code, error, refusal }: Outcome): void {
    const lost = code === SUCCESS ? Math.min(refusal?.rejectedSpans ?? 0, count) : count;
    this.counts.sent += count - lost;
    this.counts.failed += lost;
    if (lost === 0) return;
    this.lastError = refusal === null ? describeFailure(error) : describeRefusal(refusal);
    this.#onFailure(this.lastError);
  }
}

function describeRefusal({ rejectedSpans, message }: Refusal): string {
  return `refused ${rejectedSpans} ${rejectedSpans === 1 ? 'span' : 'spans'}${message ? `: ${message}` : ''}`;
}

/** Stands before the batch processor and counts what it would otherwise drop in silence. */
export class CountingQueue implements SpanProcessor {
  dropped = 0;
  #ended = 0;
  /** Spans that ended and were not handed to the exporter. */
  readonly #waiting = new Set<ReadableSpan>();
  #closed = false;
  readonly #onDropped: () => void;
  readonly #batch: SpanProcessor;
  readonly #exporter: CountingExporter;
  readonly #maxQueueSize: number;

  constructor(batch: SpanProcessor, exporter: CountingExporter, maxQueueSize: number, onDropped: () => void) {
    this.#batch = batch;
    this.#onDropped = onDropped;
    exporter.onHandedOver = (spans) => {
      for (const span of spans) this.#waiting.delete(span);
    };
    this.#exporter = exporter;
    this.#maxQueueSize = maxQueueSize;
  }

  onStart(span: Span, parent: Context): void {
    this.#batch.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    this.#ended += 1;
    if (this.#closed || this.#waiting.size >= this.#maxQueueSize) {
      this.dropped += 1;
      if (!this.#closed) this.#onDropped();
      return;
    }
    this.#waiting.add(span);
    this.#batch.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batch.forceFlush();
  }

  shutdown(): Promise<void> {
    this.#closed = true;
    return this.#batch.shutdown();
  }

  /** Takes the spans that nobody will send any more out of the books, for whoever sends them otherwise. */
  takeUnsent(): { spans: ReadableSpan[]; book: (isSent: boolean) => void } {
    const spans = [...this.#waiting, ...this.#exporter.onTheWay];
    this.#waiting.clear();
    const { counts } = this.#exporter;
    const book = (isSent: boolean): void => {
      counts[isSent ? 'sent' : 'failed'] += spans.length;
    };
    return { spans, book };
  }

  delivery(): Delivery {
    const { sent, failed } = this.#exporter.counts;
    const pending = this.#ended - this.dropped - sent - failed;
    return { sent, failed, dropped: this.dropped, pending, lastError: this.#exporter.lastError };
  }
}
