// Counts what happens to every finished span: waiting, sent, refused or dropped. Loss must be visible.
import type { Context } from '@opentelemetry/api';
import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describeFailure } from './describe-failure.ts';
import type { ObservedExporter, Refusal } from './exporter.ts';

/** What became of the spans that ended since `start()`. The four counts add up to all of them. */
export interface Delivery {
  /** Taken by the receiver. */
  exported: number;
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
type Outcome = ExportResult & { refusal: Refusal | null };

/** The result codes; `ExportResultCode` itself lives in a package that we do not depend on. */
const SUCCESS: ExportResult['code'] = 0;
const FAILED: ExportResult['code'] = 1;

/** An exporter that keeps the books. It reports success upwards even on failure: the failure is counted and said here. */
export class CountingExporter implements SpanExporter {
  readonly counts = { handedOver: 0, exported: 0, failed: 0 };
  lastError: string | null = null;
  readonly #inner: ObservedExporter;
  readonly #onFailure: (reason: string) => void;
  readonly #running = new Set<Promise<void>>();

  constructor(inner: ObservedExporter, onFailure: (reason: string) => void) {
    this.#inner = inner;
    this.#onFailure = onFailure;
  }

  export(spans: ReadableSpan[], done: ExportCallback): void {
    this.counts.handedOver += spans.length;
    const run = this.#send(spans).then((outcome) => {
      this.#book(spans.length, outcome);
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

  #send(spans: ReadableSpan[]): Promise<Outcome> {
    return new Promise((resolve) => {
      try {
        // takeRefusal must run inside the callback: the next answer would overwrite it.
        this.#inner.exporter.export(spans, (result) => resolve({ ...result, refusal: this.#inner.takeRefusal() }));
      } catch (error) {
        resolve({ code: FAILED, error: error instanceof Error ? error : new Error(String(error)), refusal: null });
      }
    });
  }

  #book(count: number, { code, error, refusal }: Outcome): void {
    const lost = code === SUCCESS ? Math.min(refusal?.rejectedSpans ?? 0, count) : count;
    this.counts.exported += count - lost;
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
  #closed = false;
  readonly #batch: SpanProcessor;
  readonly #exporter: CountingExporter;
  readonly #maxQueueSize: number;

  constructor(batch: SpanProcessor, exporter: CountingExporter, maxQueueSize: number) {
    this.#batch = batch;
    this.#exporter = exporter;
    this.#maxQueueSize = maxQueueSize;
  }

  onStart(span: Span, parent: Context): void {
    this.#batch.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const waiting = this.#ended - this.dropped - this.#exporter.counts.handedOver;
    this.#ended += 1;
    if (this.#closed || waiting >= this.#maxQueueSize) {
      this.dropped += 1;
      return;
    }
    this.#batch.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batch.forceFlush();
  }

  shutdown(): Promise<void> {
    this.#closed = true;
    return this.#batch.shutdown();
  }

  delivery(): Delivery {
    const { exported, failed } = this.#exporter.counts;
    const pending = this.#ended - this.dropped - exported - failed;
    return { exported, failed, dropped: this.dropped, pending, lastError: this.#exporter.lastError };
  }
}
