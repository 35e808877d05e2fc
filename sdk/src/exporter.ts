// Writes spans as an OTLP request in the chosen protocol, sends it, and reads what the receiver refused.
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { maskedSpan } from './mask.ts';
import { at } from './read.ts';
import { type RetryingSend, retryingSend } from './retrying-send.ts';
import type { Settings } from './settings.ts';
import type { Post, Reply } from './transport.ts';

export interface Refusal {
  rejectedSpans: number;
  message: string;
}

/** The outcome of one request. */
export type SendOutcome =
  | { is: 'taken'; refusal: Refusal | null }
  /** Answered with 413: a smaller batch may be accepted. */
  | { is: 'too_large'; error: unknown }
  | { is: 'failed'; error: unknown };

export interface Exporter {
  readonly contentType: string;
  /** @throws what a span that cannot be written throws */
  serialize: (spans: readonly ReadableSpan[]) => Uint8Array;
  /** Never rejects. */
  send: (body: Uint8Array) => Promise<SendOutcome>;
  /** Ends waits between attempts. */
  hurry: () => void;
}

/** @param onContact called after every attempt with whether the receiver answered */
export function makeExporter(
  settings: Settings,
  post: Post,
  timeoutMs: number,
  onContact: (isReached: boolean) => void,
): Exporter {
  const serializer = settings.protocol === 'http/protobuf' ? ProtobufTraceSerializer : JsonTraceSerializer;
  const contentType = settings.protocol === 'http/protobuf' ? 'application/x-protobuf' : 'application/json';
  const { send, hurry }: RetryingSend = retryingSend(post, settings.url, timeoutMs, onContact);

  // The last moment at which everything that is sent is in one place.
  const serialize = (spans: readonly ReadableSpan[]): Uint8Array => {
    const masked = settings.hasMask ? spans.map((span) => maskedSpan(span, settings.mask)) : [...spans];
    const bytes = serializer.serializeRequest(masked);
    if (bytes === undefined) throw new Error('a span cannot be written as OTLP');
    return bytes;
  };

  const outcomeOf = (reply: Reply): SendOutcome => {
    if (reply.status >= 200 && reply.status <= 299) {
      return { is: 'taken', refusal: readRefusal(() => serializer.deserializeResponse(reply.body)) };
    }
    return { is: reply.status === 413 ? 'too_large' : 'failed', error: new ReceiverError(reply) };
  };

  return {
    contentType,
    serialize,
    send: (body) => send(contentType, body).then(outcomeOf, (error: unknown) => ({ is: 'failed', error })),
    hurry,
  };
}

/** A rejecting answer; describeFailure() reads `code` and `data`. */
class ReceiverError extends Error {
  readonly code: number;
  readonly data: string;

  constructor({ status, statusText, body }: Reply) {
    super(statusText);
    this.code = status;
    this.data = new TextDecoder().decode(body);
  }
}

/** A partial success. An unreadable answer counts as full success: the status says that the batch was accepted. */
function readRefusal(read: () => unknown): Refusal | null {
  try {
    const partial = at(read(), 'partialSuccess');
    const rejectedSpans = Number(at(partial, 'rejectedSpans') ?? 0);
    if (!(rejectedSpans > 0)) return null;
    return { rejectedSpans, message: String(at(partial, 'errorMessage') ?? '') };
  } catch {
    return null;
  }
}
