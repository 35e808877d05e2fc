// Sends one batch of spans. A batch that cannot be written or is too large is halved, down to one span with its texts cut.
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Exporter, SendOutcome } from './exporter.ts';
import { shortened } from './span-weight.ts';

/** Receivers commonly accept 4 MiB (gRPC) or more; a receiver that accepts less answers 413. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
const MIN_BATCH_BYTES = 64 * 1024;
/** A batch may be larger than its estimate once it is written; by more than this factor it is halved before sending. */
const TOLERANCE = 1.25;

type Spans = readonly ReadableSpan[];

export class BatchSender {
  readonly #exporter: Exporter;
  #maxBytes = MAX_BATCH_BYTES;

  constructor(exporter: Exporter) {
    this.#exporter = exporter;
  }

  /** About how many bytes a batch may have: fewer when a receiver has answered 413. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Calls `onOutcome` for each part of the batch that was sent as one, or given up. Never rejects. */
  async send(spans: Spans, onOutcome: (part: Spans, outcome: SendOutcome) => void): Promise<void> {
    // Writing takes a while: one batch per turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    const outcome = await this.#sendWhole(spans);
    if (outcome.is !== 'too_large' || spans.length === 1) {
      onOutcome(spans, outcome);
      return;
    }
    const middle = Math.ceil(spans.length / 2);
    await this.send(spans.slice(0, middle), onOutcome);
    await this.send(spans.slice(middle), onOutcome);
  }

  /** `too_large` also for a batch that cannot be written: one of its spans cannot. */
  async #sendWhole(spans: Spans): Promise<SendOutcome> {
    try {
      const body = this.#exporter.serialize(spans);
      if (spans.length > 1 && body.length > this.#maxBytes * TOLERANCE) return { is: 'too_large', error: null };
      const outcome = await this.#exporter.send(body);
      if (outcome.is !== 'too_large') return outcome;
      const halfBytes = Math.floor(body.length / 2);
      this.#maxBytes = Math.max(MIN_BATCH_BYTES, Math.min(this.#maxBytes, halfBytes));
      if (spans.length > 1) return outcome;
      const short = this.#exporter.serialize(spans.map(shortened));
      return short.length < halfBytes ? await this.#exporter.send(short) : outcome;
    } catch (error) {
      return { is: 'too_large', error };
    }
  }
}
