// ExportTraceServiceRequest, from bytes to rows of a block in one pass over the spans.
// https://github.com/open-telemetry/opentelemetry-proto: collector/trace/v1 and trace/v1
import { SpanBlock } from '#storage/span-block';
import type { Batch } from '../ingest.ts';
import { Redactor } from '../redact/redactor.ts';
import type { SpanWriter } from '../write-span.ts';
import { Keys } from './keys.ts';
import { RefusedError } from './read-body.ts';
import { ResourceContext } from './resource-context.ts';
import { SpanFields } from './span-fields.ts';
import { type Rejection, validateSpan } from './validate-span.ts';
import { BYTES, eachBlock, Wire } from './wire.ts';

/** Decoding holds the thread that serves everyone: a body of 64 MiB could hold 1.7 million empty spans. */
const MAX_SPANS = 100_000;
/** How long one slice of a large request may hold the thread, and how large its blocks become. */
const SLICE_MS = 15;
const MAX_SLICED_BLOCK_BYTES = 8 * 1024 * 1024;

export interface DecodedSpans {
  /** Spans now in the block. */
  accepted: number;
  /** Spans left out, by reason. */
  rejected: Partial<Record<Rejection, number>>;
  /** Spans that only announce another one, which follows: they have no row. */
  superseded: number;
}

/** A part of a request: it ends when the time is up, and says where to go on. */
interface Slice {
  /** Spans before this one are stepped over. */
  readonly from: number;
  /** `performance.now()` after which no further span is begun. */
  readonly untilMs: number;
  /** The first span that was not begun; −1 = all were. */
  next: number;
}

export class ProtobufDecoder {
  readonly #writer: SpanWriter;
  readonly #redactor: Redactor;
  readonly #keys: Keys;
  readonly #span = new SpanFields();
  readonly #resource = new ResourceContext();
  #seen = 0;
  #slice: Slice | null = null;

  constructor(writer: SpanWriter, redactor = new Redactor()) {
    this.#writer = writer;
    this.#redactor = redactor;
    this.#keys = new Keys(writer.rules, redactor);
  }

  /**
   * Appends the spans of one request to the block. Secrets are masked in `bytes` itself. Synchronous: nothing else touches the block meanwhile.
   * @throws MalformedError when the bytes are no such message, RefusedError 413 when it holds too many spans; the block
   * is as it was before
   */
  decode(bytes: Buffer, batch: Batch, block: SpanBlock): DecodedSpans {
    const before = block.rows;
    const decoded: DecodedSpans = { accepted: 0, rejected: {}, superseded: 0 };
    try {
      const wire = new Wire(bytes, this.#redactor, this.#keys);
      this.#seen = 0;
      this.#resource.begin(batch.projectId, batch.receivedAtMs);
      while (wire.field(bytes.length)) {
        if (wire.number === 1 && wire.type === BYTES)
          this.#resourceSpans(wire, wire.block(bytes.length), block, decoded);
        else wire.skip(bytes.length);
      }
    } catch (error) {
      block.truncate(before);
      throw error;
    }
    decoded.accepted = block.rows - before;
    this.#redactor.stats.cutNames += block.takeCutNames();
    return decoded;
  }

  /**
   * As decode, into blocks of its own and with pauses, so that a large request does not hold the thread. Use a decoder
   * that nobody else uses meanwhile.
   */
  async decodeInSlices(bytes: Buffer, batch: Batch): Promise<{ blocks: SpanBlock[]; decoded: DecodedSpans }> {
    const blocks = [new SpanBlock()];
    const total: DecodedSpans = { accepted: 0, rejected: {}, superseded: 0 };
    for (let from = 0; from >= 0; ) {
      if ((blocks.at(-1) as SpanBlock).bytes >= MAX_SLICED_BLOCK_BYTES) blocks.push(new SpanBlock());
      const slice = { from, untilMs: performance.now() + SLICE_MS, next: -1 };
      this.#slice = slice;
      try {
        const decoded = this.decode(bytes, batch, blocks.at(-1) as SpanBlock);
        total.accepted += decoded.accepted;
        total.superseded += decoded.superseded;
        for (const [reason, spans] of Object.entries(decoded.rejected)) {
          total.rejected[reason as Rejection] = (total.rejected[reason as Rejection] ?? 0) + spans;
        }
      } finally {
        this.#slice = null;
      }
      from = slice.next;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { blocks: blocks.filter(({ rows }) => rows > 0), decoded: total };
  }

  #resourceSpans(wire: Wire, end: number, block: SpanBlock, decoded: DecodedSpans): void {
    this.#resource.clearResource();
    // The resource usually comes first, but need not.
    const start = wire.at;
    eachBlock(wire, end, 1, (stop) => this.#resource.readResource(wire, stop));
    wire.at = start;
    eachBlock(wire, end, 2, (stop) => this.#scopeSpans(wire, stop, block, decoded));
  }

  #scopeSpans(wire: Wire, end: number, block: SpanBlock, decoded: DecodedSpans): void {
    this.#resource.clearScope();
    const start = wire.at;
    eachBlock(wire, end, 1, (stop) => this.#resource.readScope(wire, stop));
    wire.at = start;
    eachBlock(wire, end, 2, (stop) => {
      if (++this.#seen > MAX_SPANS) {
        throw new RefusedError(413, `More than ${MAX_SPANS} spans in one request; send smaller batches.`);
      }
      if (this.#slice !== null && this.#isOutside(this.#slice)) return;
      this.#span.read(wire, stop);
      const rejection = validateSpan(wire.bytes, this.#span);
      if (rejection === null) {
        this.#span.redact(wire);
        if (!this.#writer.write(wire, this.#span, this.#resource, block)) decoded.superseded++;
      } else decoded.rejected[rejection] = (decoded.rejected[rejection] ?? 0) + 1;
    });
  }

  /** Whether the span at hand belongs to another slice of the request. */
  #isOutside(slice: Slice): boolean {
    const index = this.#seen - 1;
    if (index < slice.from || slice.next >= 0) return true;
    // The first span is always taken, so every slice gets on.
    if (index === slice.from || (index & 7) !== 0 || performance.now() <= slice.untilMs) return false;
    slice.next = index;
    return true;
  }
}
