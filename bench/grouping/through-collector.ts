// Takes errors the way they take in the product: as OTLP bytes through the collector's decoder, redaction included, to
// the columns of a row.
import { ProtobufDecoder } from '../../collector/decode/decode-protobuf.ts';
import { SpanWriter } from '../../collector/map/write-span.ts';
import { ByteSink } from '../../storage/native/byte-sink.ts';
import type { Column } from '../../storage/native/columns.ts';
import { SpanBlock } from '../../storage/span-block.ts';
import { encodeRequest } from '../../test/support/otlp-proto.ts';
import type { ProvokedError } from './corpus.ts';

const SPANS_PER_REQUEST = 512;
const LOW_CARDINALITY_BYTES = [1, 2, 4];

export interface StoredError {
  readonly fingerprint: string;
  readonly template: string;
  readonly errorType: string;
  readonly message: string;
  readonly agent: string;
}

/** What is stored of each error, in the order given. */
export function throughCollector(errors: readonly ProvokedError[]): StoredError[] {
  const decoder = new ProtobufDecoder(new SpanWriter());
  const block = new SpanBlock();
  const stored: StoredError[] = [];
  for (let at = 0; at < errors.length; at += SPANS_PER_REQUEST) {
    const body = encodeRequest(requestOf(errors.slice(at, at + SPANS_PER_REQUEST)));
    decoder.decode(body, { projectId: 'default', receivedAtMs: 1_795_386_336_000 }, block);
    const { columns } = block;
    const [prints, templates, messages] = [columns.fingerprint, columns.error_template, columns.error_message].map(
      (column) => texts(column.sink.bytes, 0, column.rows).found,
    ) as [string[], string[], string[]];
    const types = lowCardinality(columns.error_type);
    const agents = lowCardinality(columns.agent);
    for (const [i, fingerprint] of prints.entries()) {
      stored.push({
        fingerprint,
        template: templates[i] as string,
        errorType: types[i] as string,
        message: messages[i] as string,
        agent: agents[i] as string,
      });
    }
    block.clear();
  }
  return stored;
}

/** The errors as one OTLP request, in the order given by their span ids. */
export function requestOf(errors: readonly ProvokedError[]) {
  const attribute = ([key, stringValue]: [string, string]) => ({ key, value: { stringValue } });
  const spans = errors.map((error, i) => ({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: error.span,
    kind: 1,
    startTimeUnixNano: '1795386336183000001',
    endTimeUnixNano: '1795386336184000003',
    attributes: Object.entries(error.attributes).map(attribute),
    status: { code: 2, message: error.status },
    events: [
      {
        name: 'exception',
        timeUnixNano: '1795386336184000000',
        attributes: Object.entries({
          'exception.type': error.exceptionType,
          'exception.message': error.exceptionMessage,
          ...(error.stack !== '' ? { 'exception.stacktrace': error.stack } : {}),
        }).map(attribute),
      },
    ],
  }));
  const resource = { attributes: [attribute(['service.name', 'agents'])] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: '@telltale/sdk' }, spans }] }] };
}

/** Texts as Native writes them: a varint length, then UTF-8. */
function texts(bytes: Buffer | Uint8Array, start: number, count: number): { found: string[]; end: number } {
  const found: string[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('the column ends early: its layout is not the one read here');
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    found.push(Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('utf8'));
    at += length;
  }
  return { found, end: at };
}

/** LowCardinality(String): version, flags, the dictionary, then a number per row (storage/native/low-cardinality.ts). */
function lowCardinality(column: Column): string[] {
  const sink = new ByteSink();
  column.writeTo(sink);
  const view = Buffer.from(sink.bytes.buffer, sink.bytes.byteOffset, sink.length);
  const width = LOW_CARDINALITY_BYTES[(view[8] as number) & 3] as number;
  const { found: keys, end } = texts(view, 24, Number(view.readBigUInt64LE(16)));
  const rows = Number(view.readBigUInt64LE(end));
  return Array.from({ length: rows }, (_, i) => keys[view.readUIntLE(end + 8 + i * width, width)] as string);
}
