// ExportTraceServiceRequest, from bytes to rows of a block in one pass over the spans.
// https://github.com/open-telemetry/opentelemetry-proto: collector/trace/v1 and trace/v1
import type { SpanBlock } from '#storage/span-block';
import type { SpanWriter } from '../write-span.ts';
import { RefusedError } from './read-body.ts';
import { ResourceContext } from './resource-context.ts';
import { SpanFields } from './span-fields.ts';
import { type Rejection, validateSpan } from './validate-span.ts';
import { BYTES, Wire } from './wire.ts';

/** Decoding holds the thread that serves everyone: a body of 64 MiB could hold 1.7 million empty spans. */
const MAX_SPANS = 100_000;

export interface Decoded {
  /** Spans now in the block. */
  accepted: number;
  /** Spans left out, by reason. */
  rejected: Partial<Record<Rejection, number>>;
}

export interface Batch {
  readonly projectId: string;
  readonly receivedAtMs: number;
}

export class ProtobufDecoder {
  readonly #writer: SpanWriter;
  readonly #span = new SpanFields();
  readonly #resource = new ResourceContext();
  #seen = 0;

  constructor(writer: SpanWriter) {
    this.#writer = writer;
  }

  /**
   * Appends the spans of one request to the block. Synchronous: nothing else touches the block meanwhile.
   * @throws MalformedError when the bytes are no such message, RefusedError 413 when it holds too many spans; the block
   * is as it was before
   */
  decode(bytes: Buffer, batch: Batch, block: SpanBlock): Decoded {
    const before = block.rows;
    const decoded: Decoded = { accepted: 0, rejected: {} };
    try {
      const wire = new Wire(bytes);
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
    return decoded;
  }

  #resourceSpans(wire: Wire, end: number, block: SpanBlock, decoded: Decoded): void {
    this.#resource.clearResource();
    // The resource usually comes first, but need not.
    const start = wire.at;
    eachBlock(wire, end, 1, (stop) => this.#resource.readResource(wire, stop, this.#writer.rules));
    wire.at = start;
    eachBlock(wire, end, 2, (stop) => this.#scopeSpans(wire, stop, block, decoded));
  }

  #scopeSpans(wire: Wire, end: number, block: SpanBlock, decoded: Decoded): void {
    this.#resource.clearScope();
    const start = wire.at;
    eachBlock(wire, end, 1, (stop) => this.#resource.readScope(wire, stop));
    wire.at = start;
    eachBlock(wire, end, 2, (stop) => {
      if (++this.#seen > MAX_SPANS) {
        throw new RefusedError(413, `More than ${MAX_SPANS} spans in one request; send smaller batches.`);
      }
      this.#span.read(wire, stop);
      const rejection = validateSpan(wire.bytes, this.#span);
      if (rejection === null) this.#writer.write(wire, this.#span, this.#resource, block);
      else decoded.rejected[rejection] = (decoded.rejected[rejection] ?? 0) + 1;
    });
  }
}

/** Calls `read` for each sub-message with this field number; steps over everything else. */
function eachBlock(wire: Wire, end: number, number: number, read: (stop: number) => void): void {
  while (wire.field(end)) {
    if (wire.number !== number || wire.type !== BYTES) {
      wire.skip(end);
      continue;
    }
    const stop = wire.block(end);
    read(stop);
    wire.at = stop;
  }
}
