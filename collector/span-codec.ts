// How requests of traces become rows of the table `spans`.
import type { SpanBlock } from '#storage/span-block';
import type { ProtobufForm, SignalCodec } from './ingest.ts';
import { ProtobufDecoder } from './otlp/decode-protobuf.ts';
import { REJECTIONS } from './otlp/validate-span.ts';
import { Redactor } from './redact/redactor.ts';
import { SpanWriter } from './write-span.ts';

/**
 * @param toProtobuf how a JSON body is converted
 * @param redactor masks secrets before anything is stored
 */
export function spanCodec(
  toProtobuf: (body: Buffer) => ProtobufForm | Promise<ProtobufForm>,
  redactor = new Redactor(),
): SignalCodec<SpanBlock> {
  const writer = new SpanWriter();
  const decoder = new ProtobufDecoder(writer, redactor);
  // Large requests one after the other, with a decoder of their own: they pause half-way.
  const slicing = new ProtobufDecoder(writer, redactor);
  let last: Promise<unknown> = Promise.resolve();
  return {
    signal: 'traces',
    noun: 'spans',
    explanations: REJECTIONS,
    toProtobuf,
    decode: (bytes, batch, block) => decoder.decode(bytes, batch, block),
    decodeInSlices(bytes, batch) {
      const mine = last.then(() => slicing.decodeInSlices(bytes, batch));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
