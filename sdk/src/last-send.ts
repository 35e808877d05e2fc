// The last attempt to send unsent spans: blocks within a time budget that all ways to end share.
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Connection } from './connection.ts';
import type { Takeover } from './delivery.ts';
import type { Exporter } from './exporter.ts';
import { quietly } from './quietly.ts';
import { sendBlocking } from './send-blocking.ts';

/** Less time is not enough to start a thread and get an answer. */
const WORTH_MS = 20;
/** Serializing spans gets at most this share of the remaining time. Spans not written by then are lost. */
const WRITING_SHARE = 0.25;
/** Each attempt needs a thread, so a batch that is too large is split into many parts: 4 MiB into halves of 1 MB, a common limit. */
const MANY_PARTS = 8;

export interface LastSend {
  readonly url: string;
  readonly exporter: Exporter;
  readonly connection: Connection;
  readonly untilMs: number;
}

/** Sends the batches and marks what was accepted; batches that are too large are split while there is time. Never throws. */
export function sendTakeover({ batches, markSent }: Takeover, { url, exporter, connection, untilMs }: LastSend): void {
  let left: readonly Spans[] = batches;
  while (left.length > 0 && untilMs - performance.now() >= WORTH_MS) {
    const written = writeInTime(left, exporter, performance.now() + (untilMs - performance.now()) * WRITING_SHARE);
    const bodies = written.map(({ body }) => body);
    const timeoutMs = untilMs - performance.now();
    const answers = sendBlocking({ url, contentType: exporter.contentType, bodies, connection, timeoutMs });
    const tooLarge: Spans[] = [];
    written.forEach(({ spans }, i) => {
      const status = answers[i] ?? 0;
      if (status >= 200 && status <= 299) markSent(spans);
      if (status === 413) tooLarge.push(...parts(spans, MANY_PARTS));
    });
    left = tooLarge;
  }
}

type Spans = readonly ReadableSpan[];

interface Written {
  readonly spans: Spans;
  readonly body: Uint8Array;
}

function writeInTime(batches: readonly Spans[], exporter: Exporter, untilMs: number): Written[] {
  const written: Written[] = [];
  for (const spans of batches) {
    if (written.length > 0 && performance.now() > untilMs) break;
    written.push(...writtenBatches(spans, exporter));
  }
  return written;
}

/** A span that cannot be written must not cost the others of its batch. */
function writtenBatches(spans: Spans, exporter: Exporter): Written[] {
  const body = quietly(() => exporter.serialize(spans));
  if (body !== undefined) return [{ spans, body }];
  return parts(spans, 2).flatMap((part) => writtenBatches(part, exporter));
}

/** None of a single span. */
function parts(spans: Spans, count: number): Spans[] {
  if (spans.length < 2) return [];
  const size = Math.ceil(spans.length / Math.min(count, spans.length));
  const all: Spans[] = [];
  for (let at = 0; at < spans.length; at += size) all.push(spans.slice(at, at + size));
  return all;
}
