// Span events and links. Few spans have them, so these are read into plain values and kept as JSON text.
import { BYTES, FIXED32, FIXED64 } from '../../wire/wire.ts';
import { AttributeList, readBounded } from './attribute-list.ts';
import type { FieldWire } from './field-wire.ts';
import type { SpanFields } from './span-fields.ts';

type Triple = [key: string, type: string, value: string];

export interface Event {
  name: string;
  timeUnixNano: string;
  attributes: Triple[];
}

interface Link {
  traceId: string;
  spanId: string;
  traceState: string;
  flags: number;
  attributes: Triple[];
}

const list = new AttributeList();

export function readEvents(wire: FieldWire, span: SpanFields): Event[] {
  const events: Event[] = [];
  for (let i = 0; i < span.events.size; i++) {
    const end = span.events.end[i] as number;
    wire.at = span.events.start[i] as number;
    const event: Event = { name: '', timeUnixNano: '0', attributes: [] };
    list.clear();
    while (wire.field(end)) {
      if (wire.number === 1 && wire.type === FIXED64) {
        wire.fixed64(end);
        event.timeUnixNano = ((BigInt(wire.high) << 32n) | BigInt(wire.low)).toString();
      } else if (wire.number === 2 && wire.type === BYTES) event.name = maskedText(wire, end);
      else if (wire.number === 3 && wire.type === BYTES) readBounded(wire, wire.block(end), list);
      else wire.skip(end);
    }
    list.redact(wire);
    event.attributes = list.toTriples(wire);
    events.push(event);
  }
  return events;
}

export function readLinks(wire: FieldWire, span: SpanFields): Link[] {
  const links: Link[] = [];
  for (let i = 0; i < span.links.size; i++) {
    const end = span.links.end[i] as number;
    wire.at = span.links.start[i] as number;
    const link: Link = { traceId: '', spanId: '', traceState: '', flags: 0, attributes: [] };
    list.clear();
    while (wire.field(end)) {
      if (wire.number === 1 && wire.type === BYTES) link.traceId = hex(wire, end);
      else if (wire.number === 2 && wire.type === BYTES) link.spanId = hex(wire, end);
      else if (wire.number === 3 && wire.type === BYTES) link.traceState = maskedText(wire, end);
      else if (wire.number === 4 && wire.type === BYTES) readBounded(wire, wire.block(end), list);
      else if (wire.number === 6 && wire.type === FIXED32) link.flags = wire.fixed32(end);
      else wire.skip(end);
    }
    list.redact(wire);
    link.attributes = list.toTriples(wire);
    links.push(link);
  }
  return links;
}

function maskedText(wire: FieldWire, end: number): string {
  const stop = wire.block(end);
  wire.redactor?.text(wire.bytes, wire.at, stop);
  const value = wire.bytes.toString('utf8', wire.at, stop);
  wire.at = stop;
  return value;
}

function hex(wire: FieldWire, end: number): string {
  const stop = wire.block(end);
  const value = wire.bytes.toString('hex', wire.at, stop);
  wire.at = stop;
  return value;
}

/** The exception a span recorded; the last one, since earlier ones were survived. null = none. */
export function findException(events: readonly Event[]): { type: string; message: string; stack: string } | null {
  const event = events.findLast(({ name }) => name === 'exception');
  if (event === undefined) return null;
  const read = (key: string) => event.attributes.find(([name]) => name === key)?.[2] ?? '';
  return {
    type: read('exception.type'),
    message: read('exception.message'),
    stack: read('exception.stacktrace'),
  };
}
