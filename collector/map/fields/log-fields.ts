// One LogRecord, in place: positions into the request's bytes, kept in fields that are used again for the next one.
// https://github.com/open-telemetry/opentelemetry-proto: logs/v1
import { redactValue } from '../../redact/redact-value.ts';
import { newAnyValue, readAnyValue } from '../../wire/any-value.ts';
import { BYTES, FIXED32, FIXED64, VARINT } from '../../wire/wire.ts';
import { AttributeList, readBounded } from './attribute-list.ts';
import type { FieldWire } from './field-wire.ts';

interface Slice {
  start: number;
  end: number;
}

export class LogFields {
  /** The whole record, which its identity is computed from. */
  readonly record: Slice = { start: 0, end: 0 };
  readonly traceId: Slice = { start: 0, end: 0 };
  readonly spanId: Slice = { start: 0, end: 0 };
  readonly severityText: Slice = { start: 0, end: 0 };
  readonly eventName: Slice = { start: 0, end: 0 };
  readonly body = newAnyValue();
  readonly attributes = new AttributeList();
  timeLow = 0;
  timeHigh = 0;
  observedLow = 0;
  observedHigh = 0;
  severityNumber = 0;
  flags = 0;

  /** Reads the record that ends at `end`. @throws MalformedError */
  read(wire: FieldWire, end: number): void {
    this.#clear();
    this.record.start = wire.at;
    this.record.end = end;
    while (wire.field(end)) {
      const { number, type } = wire;
      if (type === BYTES) this.#block(wire, number, wire.block(end));
      else if (number === 1 && type === FIXED64) {
        wire.fixed64(end);
        this.timeLow = wire.low;
        this.timeHigh = wire.high;
      } else if (number === 11 && type === FIXED64) {
        wire.fixed64(end);
        this.observedLow = wire.low;
        this.observedHigh = wire.high;
      } else if (number === 2 && type === VARINT) this.severityNumber = wire.small(end);
      else if (number === 8 && type === FIXED32) this.flags = wire.fixed32(end);
      else wire.skip(end);
    }
  }

  /** Masks secrets in the request's bytes; the record's identity is taken before, so that it stays the same. */
  redact(wire: FieldWire): void {
    const { redactor } = wire;
    if (redactor === null) return;
    redactor.text(wire.bytes, this.eventName.start, this.eventName.end);
    redactor.text(wire.bytes, this.severityText.start, this.severityText.end);
    redactValue(wire, this.body, 'text', redactor);
    this.attributes.redact(wire);
  }

  #block(wire: FieldWire, number: number, stop: number): void {
    if (number === 5) readAnyValue(wire, stop, this.body);
    else if (number === 6) readBounded(wire, stop, this.attributes);
    else if (number === 3) keep(this.severityText, wire.at, stop);
    else if (number === 9) keep(this.traceId, wire.at, stop);
    else if (number === 10) keep(this.spanId, wire.at, stop);
    else if (number === 12) keep(this.eventName, wire.at, stop);
    wire.at = stop;
  }

  #clear(): void {
    for (const slice of [this.traceId, this.spanId, this.severityText, this.eventName]) keep(slice, 0, 0);
    Object.assign(this.body, newAnyValue());
    this.attributes.clear();
    this.timeLow = this.timeHigh = this.observedLow = this.observedHigh = 0;
    this.severityNumber = this.flags = 0;
  }
}

function keep(slice: Slice, start: number, end: number): void {
  slice.start = start;
  slice.end = end;
}
