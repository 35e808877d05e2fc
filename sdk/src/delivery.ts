// Sends ended spans in batches bounded by bytes and number, and counts the outcome of each. Loss must be visible.
import { type Context, TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { BatchSender } from './batch-sender.ts';
import { describeFailure, describeRefusal } from './describe-failure.ts';
import type { Exporter, SendOutcome } from './exporter.ts';
import { LostSpans } from './lost-spans.ts';
import { byImportance, SpanQueue } from './span-queue.ts';

/** What became of the spans that ended since `start()`. The four counts add up to all of them. */
export interface Delivery {
  /** Accepted by the receiver. */
  sent: number;
  /** Sent and not accepted: the receiver could not be reached, answered with an error, or refused single spans. */
  failed: number;
  /** Never sent: the queue was full, or the span ended after shutdown. */
  dropped: number;
  /** Still waiting or on the way. */
  pending: number;
  /** The last reason for a failure, or null. */
  lastError: string | null;
}

export interface DeliveryOptions {
  exporter: Exporter;
  /** How many spans may wait. */
  maxQueueSize: number;
  /** Spans of one request at most. */
  maxBatchSize: number;
  /** Longest wait before a batch leaves. */
  delayMs: number;
  onFailure: (reason: string) => void;
  onDropped: () => void;
  /** Whether the receiver knows that the span's step is open. */
  wasAnnounced: (span: ReadableSpan) => boolean;
}

/** The unanswered spans of a process that ends. */
export interface Takeover {
  readonly batches: readonly ReadableSpan[][];
  /** The receiver accepted these. */
  markSent: (spans: readonly ReadableSpan[]) => void;
  /** All others are lost. */
  giveUp: () => void;
  /** The process continues after all: all others wait again. */
  putBack: () => void;
}

const REQUESTS_AT_ONCE = 4;

export class DeliveryQueue implements SpanProcessor {
  readonly #options: DeliveryOptions;
  readonly #waiting: SpanQueue;
  readonly #lost: LostSpans;
  readonly #sender: BatchSender;
  readonly #onTheWay = new Set<ReadableSpan>();
  readonly #running = new Set<Promise<void>>();
  #bytesOnTheWay = 0;
  readonly #counts = { ended: 0, sent: 0, failed: 0, dropped: 0 };
  #lastError: string | null = null;
  /** The last batch was accepted. */
  #isTaking = true;
  #drains = 0;
  #timer: NodeJS.Timeout | null = null;
  #isFullSoon = false;
  #isClosed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#waiting = new SpanQueue(options.maxQueueSize);
    this.#lost = new LostSpans(options.wasAnnounced);
    this.#sender = new BatchSender(options.exporter);
  }

  onStart(_span: Span, _parent: Context): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    this.#counts.ended += 1;
    this.#enqueue(span);
  }

  /** Sends the spans that wait now and waits for the answer. Does not keep the process alive; the caller has to. */
  async forceFlush(): Promise<void> {
    const goal = this.#counts.ended;
    this.#drains += 1;
    try {
      while (this.#settled < goal) {
        this.#pump(true);
        if (this.#running.size === 0) break;
        await Promise.race(this.#running);
      }
      await this.#sendEnds();
    } finally {
      this.#drains -= 1;
    }
  }

  shutdown(): Promise<void> {
    this.close();
    return this.forceFlush();
  }

  /** Spans that end from now on are dropped. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  delivery(): Delivery {
    const { ended, sent, failed, dropped } = this.#counts;
    return { sent, failed, dropped, pending: ended - dropped - sent - failed, lastError: this.#lastError };
  }

  /** All that were lost so far. */
  get lostCount(): number {
    return this.#lost.count;
  }

  /** Whether spans are left that should be sent before the process ends. */
  get hasUnsent(): boolean {
    return this.delivery().pending > 0 || this.#lost.hasEnds;
  }

  /** For a process that ends: all unanswered spans, for another sender; the most important first when there are many. */
  takeOver(): Takeover {
    const ends = this.#lost.takeEnds();
    const waited = this.#waiting.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    for (const span of waited) this.#onTheWay.add(span);
    const all = [...ends, ...this.#onTheWay];
    let batches = this.#inBatches(all);
    if (batches.length > 1) batches = this.#inBatches(byImportance(all));
    for (const batch of batches) this.#lost.annotate(batch);
    return {
      batches,
      markSent: (spans) => this.#count(spans, true),
      giveUp: () => this.#count([...this.#onTheWay], false),
      putBack: () => {
        this.#lost.putBack(ends);
        for (const span of waited) if (this.#onTheWay.delete(span)) this.#enqueue(span);
      },
    };
  }

  #inBatches(spans: readonly ReadableSpan[]): ReadableSpan[][] {
    const queue = new SpanQueue(Number.POSITIVE_INFINITY);
    for (const span of spans) queue.add(span);
    const batches: ReadableSpan[][] = [];
    while (queue.size > 0) batches.push(queue.take(this.#options.maxBatchSize, this.#sender.maxBytes));
    return batches;
  }

  get #settled(): number {
    return this.#counts.sent + this.#counts.failed + this.#counts.dropped;
  }

  get #isFull(): boolean {
    return this.#waiting.size >= this.#options.maxBatchSize || this.#waiting.bytes >= this.#sender.maxBytes;
  }

  #enqueue(span: ReadableSpan): void {
    const dropped = this.#isClosed ? span : this.#waiting.add(span);
    if (dropped !== null) this.#drop(dropped);
    if (!this.#isClosed) this.#wake();
  }

  #wake(): void {
    if (this.#isFull && !this.#isFullSoon && this.#hasRoom) {
      this.#isFullSoon = true;
      // Not synchronously within the step that has just ended.
      setImmediate(() => {
        this.#isFullSoon = false;
        this.#pump(false);
      }).unref();
    }
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.forceFlush();
    }, this.#options.delayMs);
    this.#timer.unref();
  }

  /** Large batches one after the other: in parallel they would use up each other's timeout. */
  get #hasRoom(): boolean {
    return this.#running.size < REQUESTS_AT_ONCE && this.#bytesOnTheWay < this.#sender.maxBytes;
  }

  #pump(isAll: boolean): void {
    while (this.#hasRoom && this.#waiting.size > 0 && (isAll || this.#isFull)) {
      const before = this.#waiting.bytes;
      const batch = this.#waiting.take(this.#options.maxBatchSize, this.#sender.maxBytes);
      const bytes = before - this.#waiting.bytes;
      this.#bytesOnTheWay += bytes;
      for (const span of batch) this.#onTheWay.add(span);
      this.#lost.annotate(batch);
      const run = this.#sender
        .send(batch, (part, outcome) => this.#settle(part, outcome))
        .catch(() => undefined)
        .finally(() => {
          this.#running.delete(run);
          this.#bytesOnTheWay -= bytes;
          this.#pump(this.#drains > 0);
        });
      this.#running.add(run);
    }
  }

  #settle(spans: readonly ReadableSpan[], outcome: SendOutcome): void {
    const isTaken = outcome.is === 'taken';
    const lost = isTaken ? Math.min(outcome.refusal?.rejectedSpans ?? 0, spans.length) : spans.length;
    this.#isTaking = isTaken;
    // The receiver does not say which of them it refused.
    this.#count(spans.slice(lost), true);
    this.#count(spans.slice(0, lost), false);
    if (lost === 0) return;
    this.#lastError = isTaken ? describeRefusal(outcome.refusal) : describeFailure(outcome.error);
    this.#options.onFailure(this.#lastError);
  }

  /** Beside the counts: these were counted as lost. */
  async #sendEnds(): Promise<void> {
    if (!this.#isTaking) return;
    for (const batch of this.#inBatches(this.#lost.takeEnds())) {
      // A span that is too large even alone, or cannot be written, is given up; the count says why it was lost.
      await this.#sender.send(batch, (part, { is }) => {
        if (is === 'failed') this.#lost.putBack(part);
      });
    }
  }

  /** Counts each span once: one that another sender has taken over may be answered twice. */
  #count(spans: readonly ReadableSpan[], isSent: boolean): void {
    for (const span of spans) {
      if (!this.#onTheWay.delete(span)) continue;
      this.#counts[isSent ? 'sent' : 'failed'] += 1;
      if (isSent) this.#lost.noteSent(span);
      else this.#lost.add(span);
    }
  }

  #drop(span: ReadableSpan): void {
    this.#counts.dropped += 1;
    this.#lost.add(span);
    if (!this.#isClosed) this.#options.onDropped();
  }
}
