// Replies in the encoding of the request: Export…ServiceResponse when records were taken, google.rpc.Status when not.
import { headOf } from '#domain/clip';
import { ByteSink } from '#storage/native/byte-sink';
import { SIGNALS, type Signal } from '../decode/signals.ts';

export type Encoding = 'protobuf' | 'json';

export const CONTENT_TYPES: Record<Encoding, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Longest text in a reply: clients accept at most 4 MiB, people read far less. */
const MAX_MESSAGE_CHARS = 2000;

/** Success; with `rejected` above 0 or a message, a partial success. The three signals differ in one JSON name. */
export function successReply(encoding: Encoding, rejected: number, message: string, signal: Signal = 'traces'): Buffer {
  if (rejected === 0 && message === '') return encoding === 'json' ? Buffer.from('{}') : Buffer.alloc(0);
  const errorMessage = headOf(message, MAX_MESSAGE_CHARS);
  if (encoding === 'json')
    return Buffer.from(
      JSON.stringify({ partialSuccess: { [SIGNALS[signal].rejected]: String(rejected), errorMessage } }),
    );
  const inner = new ByteSink(64);
  if (rejected > 0) {
    inner.u8(0x08);
    inner.varint(rejected);
  }
  field(inner, 0x12, errorMessage);
  const outer = new ByteSink(64);
  nested(outer, 0x0a, (partial) => partial.copy(inner.bytes, 0, inner.length));
  return Buffer.from(outer.written());
}

// google.rpc.Code
const RPC_CODES: Record<number, number> = {
  400: 3,
  404: 12,
  405: 12,
  408: 4,
  413: 8,
  415: 3,
  421: 7,
  429: 8,
  431: 3,
  501: 12,
  503: 14,
  504: 4,
};

/** The google.rpc.Code that says the same as a status of HTTP; 2, UNKNOWN, when none does. */
export const rpcCodeOf = (httpStatus: number): number => RPC_CODES[httpStatus] ?? 2;

const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/**
 * An error as google.rpc.Status. A 400 has BadRequest details, as the specification asks for; with `retryAfterSeconds`
 * there is a RetryInfo, which gRPC clients look for.
 */
export function statusReply(
  encoding: Encoding,
  httpStatus: number,
  message: string,
  retryAfterSeconds: number | null = null,
): Buffer {
  const code = rpcCodeOf(httpStatus);
  const text = headOf(message, MAX_MESSAGE_CHARS);
  if (encoding === 'json') {
    const details: object[] = [];
    if (httpStatus === 400)
      details.push({ '@type': BAD_REQUEST, fieldViolations: [{ field: 'body', description: text }] });
    if (retryAfterSeconds !== null) details.push({ '@type': RETRY_INFO, retryDelay: `${retryAfterSeconds}s` });
    return Buffer.from(JSON.stringify({ code, message: text, ...(details.length === 0 ? {} : { details }) }));
  }
  const out = new ByteSink(64);
  out.u8(0x08);
  out.varint(code);
  field(out, 0x12, text);
  if (httpStatus === 400) {
    detail(out, BAD_REQUEST, (value) =>
      nested(value, 0x0a, (violation) => {
        field(violation, 0x0a, 'body');
        field(violation, 0x12, text);
      }),
    );
  }
  if (retryAfterSeconds !== null) {
    detail(out, RETRY_INFO, (value) =>
      nested(value, 0x0a, (duration) => {
        duration.u8(0x08);
        duration.varint(retryAfterSeconds);
      }),
    );
  }
  return Buffer.from(out.written());
}

/** One google.protobuf.Any among the details. */
function detail(out: ByteSink, type: string, write: (value: ByteSink) => void): void {
  nested(out, 0x1a, (any) => {
    field(any, 0x0a, type);
    nested(any, 0x12, write);
  });
}

function nested(out: ByteSink, tag: number, write: (inner: ByteSink) => void): void {
  const inner = new ByteSink(64);
  write(inner);
  out.u8(tag);
  out.varint(inner.length);
  out.copy(inner.bytes, 0, inner.length);
}

function field(out: ByteSink, tag: number, text: string): void {
  const bytes = Buffer.from(text.toWellFormed());
  out.u8(tag);
  out.varint(bytes.length);
  out.copy(bytes, 0, bytes.length);
}
