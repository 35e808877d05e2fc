// One span's own fields, in place. One object, used again for every span.

import { BYTES, FIXED32, FIXED64, VARINT } from '../../wire/wire.ts';
import { AttributeList, MAX_ATTRIBUTES } from './attribute-list.ts';
import type { FieldWire } from './field-wire.ts';

/** A slice of the request's bytes; start = end means empty. */
export interface Slice {
  start: number;
  end: number;
}
const MAX_U32 = 0xffffffff;
const slice = (): Slice => ({ start: 0, end: 0 });
export const MAX_EVENTS = 128;
export const MAX_LINKS = 128;

/** Where a repeated sub-message lies. */
class Places {
  size = 0;
  readonly start: number[] = [];
  readonly end: number[] = [];
  /** @returns 1 when one of them had to go: the last but one, since the last event is often the exception */
  add(start: number, end: number, max: number): number {
    const isFull = this.size === max;
    if (isFull) this.size--;
    this.start[this.size] = start;
    this.end[this.size++] = end;
    return isFull ? 1 : 0;
  }
}

export class SpanFields {
  readonly traceId = slice();
  readonly spanId = slice();
  readonly parentSpanId = slice();
  readonly traceState = slice();
  readonly name = slice();
  readonly statusMessage = slice();
  otelKind = 0;
  statusCode = 0;
  flags = 0;
  startLow = 0;
  startHigh = 0;
  endLow = 0;
  endHigh = 0;
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;
  /** What the bounds above left out; `read` adds it to what the sender dropped. */
  #leftAttributes = 0;
  #leftEvents = 0;
  #leftLinks = 0;
  readonly attributes = new AttributeList();
  readonly events = new Places();
  readonly links = new Places();

  #reset(): void {
    for (const part of [this.traceId, this.spanId, this.parentSpanId, this.traceState, this.name, this.statusMessage]) {
      part.start = 0;
      part.end = 0;
    }
    this.otelKind = this.statusCode = this.flags = 0;
    this.startLow = this.startHigh = this.endLow = this.endHigh = 0;
    this.droppedAttributes = this.droppedEvents = this.droppedLinks = 0;
    this.#leftAttributes = this.#leftEvents = this.#leftLinks = 0;
    this.attributes.clear();
    this.events.size = 0;
    this.links.size = 0;
  }

  /**
   * Reads a Span message that ends at `end` (opentelemetry/proto/trace/v1/trace.proto).
   * @param leftElsewhere attributes of its resource and scope that were left out: they count as dropped here
   */
  read(wire: FieldWire, end: number, leftElsewhere = 0): void {
    this.#reset();
    while (wire.field(end)) {
      if (wire.type === BYTES) this.#readBytes(wire, end);
      else if (wire.type === FIXED64 && (wire.number === 7 || wire.number === 8)) {
        wire.fixed64(end);
        if (wire.number === 7) {
          this.startLow = wire.low;
          this.startHigh = wire.high;
        } else {
          this.endLow = wire.low;
          this.endHigh = wire.high;
        }
      } else if (wire.type === FIXED32 && wire.number === 16) this.flags = wire.fixed32(end);
      else if (wire.type === VARINT && wire.number === 6) this.otelKind = wire.small(end);
      else if (wire.type === VARINT && wire.number === 10) this.droppedAttributes = wire.small(end);
      else if (wire.type === VARINT && wire.number === 12) this.droppedEvents = wire.small(end);
      else if (wire.type === VARINT && wire.number === 14) this.droppedLinks = wire.small(end);
      else wire.skip(end);
    }
    this.droppedAttributes = Math.min(this.droppedAttributes + this.#leftAttributes + leftElsewhere, MAX_U32);
    this.droppedEvents = Math.min(this.droppedEvents + this.#leftEvents, MAX_U32);
    this.droppedLinks = Math.min(this.droppedLinks + this.#leftLinks, MAX_U32);
  }

  /** Masks secrets in the span's texts, in the request's bytes; events and links follow when they are read. */
  redact(wire: FieldWire): void {
    const { redactor } = wire;
    if (redactor === null) return;
    redactor.text(wire.bytes, this.name.start, this.name.end);
    redactor.text(wire.bytes, this.statusMessage.start, this.statusMessage.end);
    redactor.text(wire.bytes, this.traceState.start, this.traceState.end);
    this.attributes.redact(wire);
    redactor.stats.droppedAttributes += this.#leftAttributes;
    redactor.stats.droppedEvents += this.#leftEvents;
    redactor.stats.droppedLinks += this.#leftLinks;
    redactor.noteLeftOut('attributes', this.#leftAttributes);
    redactor.noteLeftOut('events', this.#leftEvents);
    redactor.noteLeftOut('links', this.#leftLinks);
  }

  #readBytes(wire: FieldWire, end: number): void {
    const stop = wire.block(end);
    const start = wire.at;
    switch (wire.number) {
      case 1:
        set(this.traceId, start, stop);
        break;
      case 2:
        set(this.spanId, start, stop);
        break;
      case 3:
        set(this.traceState, start, stop);
        break;
      case 4:
        set(this.parentSpanId, start, stop);
        break;
      case 5:
        set(this.name, start, stop);
        break;
      case 9:
        if (this.attributes.size < MAX_ATTRIBUTES) this.attributes.read(wire, stop);
        else this.#leftAttributes++;
        break;
      case 11:
        this.#leftEvents += this.events.add(start, stop, MAX_EVENTS);
        break;
      case 13:
        this.#leftLinks += this.links.add(start, stop, MAX_LINKS);
        break;
      case 15:
        this.#readStatus(wire, stop);
        break;
    }
    wire.at = stop;
  }

  #readStatus(wire: FieldWire, end: number): void {
    while (wire.field(end)) {
      if (wire.number === 2 && wire.type === BYTES) {
        const stop = wire.block(end);
        set(this.statusMessage, wire.at, stop);
        wire.at = stop;
      } else if (wire.number === 3 && wire.type === VARINT) this.statusCode = wire.small(end);
      else wire.skip(end);
    }
  }
}

function set(part: Slice, start: number, end: number): void {
  part.start = start;
  part.end = end;
}
