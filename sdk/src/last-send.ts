// The last chance of what was not sent: blocks, within a budget of time that all reasons for an end share.
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Connection } from './connection.ts';
import type { Takeover } from './delivery.ts';
import type { Exporter } from './exporter.ts';
import { quietly } from './quietly.ts';
import { sendBlocking } from './send-blocking.ts';

/** Less is not enough to start a thread and to hear an answer. */
const WORTH_MS = 20;

export interface LastSend {
  readonly url: string;
  readonly exporter: Exporter;
  readonly connection: Connection;
  readonly untilMs: number;
}

/** Sends and books what is taken; batches that are too large are halved as long as there is time. Never throws. */
export function sendTakeover({ batches, book }: Takeover, { url, exporter, connection, untilMs }: LastSend): void {
  let left: readonly (readonly ReadableSpan[])[] = batches;
  while (left.length > 0) {
    const timeoutMs = untilMs - performance.now();
    if (timeoutMs < WORTH_MS) return;
    const written = left.flatMap((spans) => writtenBatches(spans, exporter));
    const bodies = written.map(({ body }) => body);
    const answers = sendBlocking({ url, contentType: exporter.contentType, bodies, connection, timeoutMs });
    const tooLarge: (readonly ReadableSpan[])[] = [];
    written.forEach(({ spans }, i) => {
      const status = answers[i] ?? 0;
      if (status >= 200 && status <= 299) book(spans);
      if (status === 413) tooLarge.push(...halves(spans));
    });
    left = tooLarge;
  }
}

interface Written {
  readonly spans: readonly ReadableSpan[];
  readonly body: Uint8Array;
}

/** One span that cannot be written must not take the others along. */
function writtenBatches(spans: readonly ReadableSpan[], exporter: Exporter): Written[] {
  const body = quietly(() => exporter.serialize(spans));
  if (body !== undefined) return [{ spans, body }];
  return halves(spans).flatMap((half) => writtenBatches(half, exporter));
}

function halves(spans: readonly ReadableSpan[]): (readonly ReadableSpan[])[] {
  if (spans.length < 2) return [];
  const middle = Math.ceil(spans.length / 2);
  return [spans.slice(0, middle), spans.slice(middle)];
}
