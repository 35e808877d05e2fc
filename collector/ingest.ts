// One request's body into storage: decode, append, wait for the commit. Knows no HTTP.
import { StorageError } from '#storage/database';
import { SpanBlock } from '#storage/span-block';
import type { Counters } from './counters.ts';
import { type Batch, type Decoded, ProtobufDecoder } from './otlp/decode-protobuf.ts';
import { jsonToProtobuf } from './otlp/json-to-protobuf.ts';
import { RefusedError } from './otlp/read-body.ts';
import type { Encoding } from './otlp/reply.ts';
import { REJECTIONS, type Rejection } from './otlp/validate-span.ts';
import type { WriteLoop } from './write-loop.ts';
import { SpanWriter } from './write-span.ts';

export interface Outcome {
  readonly rejected: number;
  /** For the client: which spans were rejected and why. Empty when none. */
  readonly message: string;
}

/** Nothing was stored because storage could not take it now. The same request may succeed later. */
export class UnavailableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnavailableError';
  }
}

export interface IngestDeps {
  readonly projectId: string;
  readonly loop: WriteLoop;
  /** Inserts one block at once, outside the loop. */
  readonly insert: (block: SpanBlock) => Promise<void>;
  readonly counters: Counters;
  readonly now: () => number;
}

/**
 * Returns a function that stores the spans of one body and resolves when they are committed.
 * It throws MalformedError when the bytes are no request, RefusedError when the engine refuses these spans for good,
 * UnavailableError when storage cannot take them now.
 */
export function createIngest({ projectId, loop, insert, counters, now }: IngestDeps) {
  const decoder = new ProtobufDecoder(new SpanWriter());

  const commit = async (bytes: Buffer, batch: Batch) => {
    try {
      await loop.committed();
    } catch (error) {
      // A block holds spans of many requests, and for good may mean because of a neighbour: once more, alone.
      if (!(error instanceof StorageError) || !error.refusesData) throw error;
      const alone = new SpanBlock();
      decoder.decode(bytes, batch, alone);
      await insert(alone);
    }
  };

  return async function ingest(body: Buffer, encoding: Encoding): Promise<Outcome> {
    const block = loop.open();
    if (block === null) {
      throw new UnavailableError('More spans are waiting than storage can take now; send again shortly.');
    }
    const request = encoding === 'json' ? jsonToProtobuf(body) : { bytes: body, rejected: {} };
    const batch = { projectId, receivedAtMs: now() };
    const decoded = decoder.decode(request.bytes, batch, block);
    for (const [reason, spans] of Object.entries(request.rejected)) {
      decoded.rejected[reason as Rejection] = (decoded.rejected[reason as Rejection] ?? 0) + spans;
    }
    const rejected = count(decoded, counters);
    if (decoded.accepted > 0) {
      try {
        await commit(request.bytes, batch);
      } catch (error) {
        const isRefused = error instanceof StorageError && error.refusesData;
        counters.reject(isRefused ? 'refused_by_storage' : 'storage_failed', decoded.accepted);
        if (isRefused)
          throw new RefusedError(400, 'Storage refuses these spans; the log says why. Others are not affected.');
        throw new UnavailableError('Storage did not take the spans; send again shortly.');
      }
      counters.spansInserted += decoded.accepted;
      counters.spansAcked += decoded.accepted;
      counters.lastSpanAtMs = now();
    }
    return { rejected, message: explain(decoded, rejected) };
  };
}

function count(decoded: Decoded, counters: Counters): number {
  let rejected = 0;
  for (const [reason, spans] of Object.entries(decoded.rejected)) {
    counters.reject(reason, spans);
    rejected += spans;
  }
  counters.spansReceived += decoded.accepted + rejected;
  return rejected;
}

function explain(decoded: Decoded, rejected: number): string {
  if (rejected === 0) return '';
  const reasons = Object.entries(decoded.rejected).map(
    ([reason, spans]) => `${spans} × ${reason}: ${REJECTIONS[reason as Rejection]}`,
  );
  return `${rejected} of ${rejected + decoded.accepted} spans were not stored (${reasons.join('; ')}). The others were.`;
}
