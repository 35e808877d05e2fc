// OTLP/JSON is turned into the protobuf form and then decoded by the one decoder, so equal data gives equal rows.
// Mapping: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
import { quoteLongIntegers } from '../wire/long-integers.ts';
import { FieldError, integerOf, ProtobufWriter } from '../wire/protobuf-writer.ts';
import { MalformedError } from '../wire/wire.ts';
import { countJsonDataPoints, countJsonLogRecords, refuseOtherSignals } from './count-records.ts';
import { RefusedError } from './refused.ts';
import type { Rejection } from './validate-span.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Values nested deeper than this are left out: the decoder cuts far above it, and recursion needs a bound. */
const MAX_DEPTH = 90;

/**
 * The request as protobuf, with the number of spans that had to be left out.
 * @throws MalformedError when the body is no JSON object of this shape; MisdirectedError when it holds log records or
 * metrics instead; RefusedError 413 when it is too much
 */
export function jsonToProtobuf(body: Buffer): ConvertedJson {
  const request = parseJson(body);
  refuseOtherSignals(request);
  const writer = new RequestWriter();
  writer.request(request);
  return { bytes: writer.out.written(), rejected: writer.invalid > 0 ? { invalid_field: writer.invalid } : {} };
}

export interface ConvertedJson {
  readonly bytes: Buffer;
  readonly rejected: Partial<Record<Rejection, number>>;
}

/** Log records in an ExportLogsServiceRequest as JSON. @throws MalformedError, RefusedError */
export const countLogRecordsOfJson = (body: Buffer): number => countJsonLogRecords(parseJson(body));

/** Data points in an ExportMetricsServiceRequest as JSON. @throws MalformedError, RefusedError */
export const countDataPointsOfJson = (body: Buffer): number => countJsonDataPoints(parseJson(body));

/** The body as an object; long integers as text, so that they keep every digit. */
export function parseJson(body: Buffer): Json {
  checkSize(body);
  let value: unknown;
  try {
    value = JSON.parse(quoteLongIntegers(body.toString('utf8').replace(/^\ufeff/, '')));
  } catch (error) {
    // The parser quotes the body; untrusted input does not belong on the status page.
    throw new MalformedError(`the body is not JSON: ${(error as Error).message.replace(/, ".*/s, '').slice(0, 100)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedError('the body is not a JSON object');
  return value as Json;
}

// JSON is parsed in one go, which blocks the event loop: for 64 MiB of `{}` for most of a minute.
const MAX_JSON_BYTES = 32 * 1024 * 1024;
const MAX_JSON_VALUES = 3_000_000;

/** @throws RefusedError 413 when the text is too long, or holds more objects and lists than any real batch */
function checkSize(body: Buffer): void {
  let opened = 0;
  if (body.length <= MAX_JSON_BYTES) {
    for (let i = 0; i < body.length; i++) if (body[i] === 0x7b || body[i] === 0x5b) opened++;
  }
  if (body.length > MAX_JSON_BYTES || opened > MAX_JSON_VALUES) {
    throw new RefusedError(413, 'This is too much JSON for one request; send smaller batches, or protobuf.');
  }
}

export class RequestWriter extends ProtobufWriter {
  invalid = 0;

  request(request: Json): void {
    if (
      request.resourceSpans !== undefined &&
      request.resourceSpans !== null &&
      !Array.isArray(request.resourceSpans)
    ) {
      throw new MalformedError('resourceSpans is not a list');
    }
    for (const resourceSpans of objects(request.resourceSpans)) {
      this.message(1, () => {
        if (isObject(resourceSpans.resource))
          this.message(1, () => this.attributes(1, (resourceSpans.resource as Json).attributes));
        for (const scopeSpans of objects(resourceSpans.scopeSpans)) this.message(2, () => this.#scopeSpans(scopeSpans));
      });
    }
  }

  #scopeSpans(scopeSpans: Json): void {
    const { scope } = scopeSpans;
    if (isObject(scope)) {
      this.message(1, () => {
        this.string(1, scope.name);
        this.string(2, scope.version);
        this.attributes(3, scope.attributes);
      });
    }
    for (const span of objects(scopeSpans.spans)) {
      const before = this.out.length;
      try {
        this.message(2, () => this.#span(span));
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        this.out.length = before;
        this.invalid++;
      }
    }
  }

  #span(span: Json): void {
    this.id(1, span.traceId);
    this.id(2, span.spanId);
    this.string(3, span.traceState);
    if (span.parentSpanId !== undefined && span.parentSpanId !== null && span.parentSpanId !== '')
      this.id(4, span.parentSpanId);
    this.string(5, span.name);
    this.varint(6, span.kind);
    this.fixed64(7, span.startTimeUnixNano);
    this.fixed64(8, span.endTimeUnixNano);
    this.attributes(9, span.attributes);
    this.varint(10, span.droppedAttributesCount);
    for (const event of objects(span.events)) {
      this.message(11, () => {
        this.fixed64(1, event.timeUnixNano);
        this.string(2, event.name);
        this.attributes(3, event.attributes);
      });
    }
    this.varint(12, span.droppedEventsCount);
    for (const link of objects(span.links)) {
      this.message(13, () => {
        this.id(1, link.traceId);
        this.id(2, link.spanId);
        this.string(3, link.traceState);
        this.attributes(4, link.attributes);
        this.fixed32(6, link.flags);
      });
    }
    this.varint(14, span.droppedLinksCount);
    const { status } = span;
    if (isObject(status)) {
      this.message(15, () => {
        this.string(2, status.message);
        this.varint(3, status.code);
      });
    }
    this.fixed32(16, span.flags);
  }

  attributes(field: number, attributes: unknown): void {
    for (const pair of objects(attributes)) this.message(field, () => this.#keyValue(pair, 0));
  }

  #keyValue(pair: Json, depth: number): void {
    this.string(1, pair.key);
    if (isObject(pair.value)) this.message(2, () => this.anyValue(pair.value as Json, depth));
  }

  anyValue(value: Json, depth: number): void {
    if (depth > MAX_DEPTH) return;
    if (typeof value.stringValue === 'string') this.bytes(1, Buffer.from(value.stringValue));
    else if (typeof value.boolValue === 'boolean') this.raw(2, 0, () => this.out.u8(value.boolValue ? 1 : 0));
    else if (value.intValue !== undefined && value.intValue !== null) {
      const number = integerOf(value.intValue);
      // What is no integer is kept as the text it is: an attribute is no reason to lose a span.
      if (number === null || BigInt.asIntN(64, number) !== number) this.bytes(1, Buffer.from(textOf(value.intValue)));
      else this.raw(3, 0, () => this.varint64(BigInt.asUintN(64, number)));
    } else if (value.doubleValue !== undefined && value.doubleValue !== null) {
      this.raw(4, 1, () => this.out.f64(Number(textOf(value.doubleValue))));
    } else if (isObject(value.arrayValue)) {
      const { values } = value.arrayValue as Json;
      this.message(5, () => {
        for (const item of objects(values)) this.message(1, () => this.anyValue(item, depth + 1));
      });
    } else if (isObject(value.kvlistValue)) {
      const { values } = value.kvlistValue as Json;
      this.message(6, () => {
        for (const pair of objects(values)) this.message(1, () => this.#keyValue(pair, depth + 1));
      });
    } else if (typeof value.bytesValue === 'string') this.bytes(7, Buffer.from(value.bytesValue, 'base64'));
  }
}

/** What should be a number and is not, as text. Never by `toString`: an untrusted object may define its own. */
function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
