// ExportTraceServiceRequest, from bytes to rows of a block in one pass over the spans.
// https://github.com/open-telemetry/opentelemetry-proto: collector/trace/v1 and trace/v1
import { SpanBlock } from '#storage/span-block';
import type { FieldWire } from '../map/fields/field-wire.ts';
import { Keys } from '../map/fields/keys.ts';
import { ResourceContext } from '../map/fields/resource-context.ts';
import { SpanFields } from '../map/fields/span-fields.ts';
import type { SpanWriter } from '../map/write-span.ts';
import { Redactor } from '../redact/redactor.ts';
import { Wire } from '../wire/wire.ts';
import type { Batch } from './codec.ts';
import { RequestBlocks } from './request-blocks.ts';
import { runAtOnce, runInSlices, type Slicing, timeSlices } from './slices.ts';
import { type Rejection, validateSpan } from './validate-span.ts';
import { type RequestVisitor, type Steps, walkRequest } from './walk-request.ts';

export interface DecodedSpans {
  /** Spans now in the block. */
  accepted: number;
  /** Spans left out, by reason. */
  rejected: Partial<Record<Rejection, number>>;
  /** Spans that only announce another one, which follows: they have no row. */
  superseded: number;
}

export class ProtobufDecoder {
  readonly #writer: SpanWriter;
  readonly #redactor: Redactor;
  readonly #keys: Keys;

  constructor(writer: SpanWriter, redactor = new Redactor()) {
    this.#writer = writer;
    this.#redactor = redactor;
    this.#keys = new Keys(writer.rules, redactor);
    this.#visitor = new SpanVisitor(writer);
  }

  /** What `decode` uses again and again: it is done before anything else runs. */
  readonly #visitor: SpanVisitor;

  /**
   * Appends the spans of one request to the block. Secrets are masked in `bytes` itself. Synchronous: nothing else touches the block meanwhile.
   * @throws MalformedError when the bytes are no such message, RefusedError 413 when it holds too many spans; the block
   * is as it was before
   */
  decode(bytes: Buffer, batch: Batch, block: SpanBlock): DecodedSpans {
    const before = block.rows;
    const visitor = this.#visitor;
    try {
      runAtOnce(this.#steps(visitor, bytes, batch, () => block));
    } catch (error) {
      block.truncate(before);
      throw error;
    }
    this.#redactor.stats.cutNames += block.takeCutNames();
    return { ...visitor.decoded, accepted: block.rows - before };
  }

  /**
   * As decode, into blocks of its own and in slices, so that a large request does not block the event loop.
   * @param maxBytes of memory that the rows may take together
   * @throws as decode; RefusedError 413 also when the rows take more than `maxBytes`
   */
  async decodeInSlices(
    bytes: Buffer,
    batch: Batch,
    slicing: Slicing = timeSlices,
    maxBytes?: number,
  ): Promise<{ blocks: SpanBlock[]; decoded: DecodedSpans }> {
    const blocks = new RequestBlocks(() => new SpanBlock(), bytesOf, 'spans', maxBytes);
    const visitor = new SpanVisitor(this.#writer);
    const steps = this.#steps(visitor, bytes, batch, () => blocks.current);
    await runInSlices(steps, slicing, () => blocks.grow());
    const all = blocks.all();
    const accepted = all.reduce((sum, { rows }) => sum + rows, 0);
    for (const block of all) this.#redactor.stats.cutNames += block.takeCutNames();
    return { blocks: all, decoded: { ...visitor.decoded, accepted } };
  }

  #steps(visitor: SpanVisitor, bytes: Buffer, batch: Batch, block: () => SpanBlock): Steps {
    visitor.begin(batch, block);
    return walkRequest(new Wire(bytes, this.#redactor, this.#keys), visitor, 'spans');
  }
}

/** All that a row can repeat or that can be long. */
function bytesOf(block: SpanBlock): number {
  const { scope_attributes: scope, session_id: session, user_id: user, links, status_message: status } = block.columns;
  return block.bytes + scope.bytes + session.bytes + user.bytes + links.bytes + status.bytes;
}

/** Writes each span into the block at hand. */
class SpanVisitor implements RequestVisitor<FieldWire> {
  readonly #writer: SpanWriter;
  readonly #span = new SpanFields();
  readonly #resource = new ResourceContext();
  #block: () => SpanBlock = () => new SpanBlock();
  decoded: Omit<DecodedSpans, 'accepted'> = { rejected: {}, superseded: 0 };

  constructor(writer: SpanWriter) {
    this.#writer = writer;
  }

  begin(batch: Batch, block: () => SpanBlock): void {
    this.#block = block;
    this.#resource.begin(batch.projectId, batch.receivedAtMs);
    this.decoded = { rejected: {}, superseded: 0 };
  }

  beginResource(): void {
    this.#resource.clearResource();
  }
  resource(wire: FieldWire, stop: number): void {
    this.#resource.readResource(wire, stop);
  }
  endResource(wire: FieldWire): void {
    this.#resource.resourceRead(wire);
  }
  beginScope(): void {
    this.#resource.clearScope();
  }
  scope(wire: FieldWire, stop: number): void {
    this.#resource.readScope(wire, stop);
  }

  record(wire: FieldWire, stop: number): void {
    const { rejected } = this.decoded;
    if (wire.redactor !== null) wire.redactor.sender = this.#resource.service;
    this.#span.read(wire, stop, this.#resource.leftAttributes);
    const rejection = validateSpan(wire.bytes, this.#span);
    if (rejection === null) {
      this.#span.redact(wire);
      if (!this.#writer.write(wire, this.#span, this.#resource, this.#block())) this.decoded.superseded++;
      return;
    }
    rejected[rejection] = (rejected[rejection] ?? 0) + 1;
    const { service } = this.#resource;
    wire.redactor?.skips.note({ kind: 'rejected', reason: rejection, sender: service, count: 1 });
  }
}
