// Replies in the encoding of the request: ExportTraceServiceResponse when spans were taken, google.rpc.Status when not.
import { ByteSink } from '#storage/native/byte-sink';

export type Encoding = 'protobuf' | 'json';

export const CONTENT_TYPES: Record<Encoding, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Longest text in a reply: clients accept at most 4 MiB, people read far less. */
const MAX_MESSAGE_CHARS = 2000;

/** Success; with `rejected` above 0 or a message, a partial success. */
export function successReply(encoding: Encoding, rejected: number, message: string): Buffer {
  if (rejected === 0 && message === '') return encoding === 'json' ? Buffer.from('{}') : Buffer.alloc(0);
  const errorMessage = message.slice(0, MAX_MESSAGE_CHARS);
  if (encoding === 'json')
    return Buffer.from(JSON.stringify({ partialSuccess: { rejectedSpans: String(rejected), errorMessage } }));
  const inner = new ByteSink(64);
  if (rejected > 0) {
    inner.u8(0x08);
    inner.varint(rejected);
  }
  field(inner, 0x12, errorMessage);
  const outer = new ByteSink(64);
  outer.u8(0x0a);
  outer.varint(inner.length);
  outer.copy(inner.bytes, 0, inner.length);
  return Buffer.from(outer.written());
}

// google.rpc.Code
const RPC_CODES: Record<number, number> = { 400: 3, 404: 12, 405: 12, 408: 4, 413: 3, 415: 3, 429: 8, 503: 14 };

/** An error as google.rpc.Status. */
export function statusReply(encoding: Encoding, httpStatus: number, message: string): Buffer {
  const code = RPC_CODES[httpStatus] ?? 2;
  const text = message.slice(0, MAX_MESSAGE_CHARS);
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message: text }));
  const out = new ByteSink(64);
  out.u8(0x08);
  out.varint(code);
  field(out, 0x12, text);
  return Buffer.from(out.written());
}

function field(out: ByteSink, tag: number, text: string): void {
  const bytes = Buffer.from(text.toWellFormed());
  out.u8(tag);
  out.varint(bytes.length);
  out.copy(bytes, 0, bytes.length);
}
