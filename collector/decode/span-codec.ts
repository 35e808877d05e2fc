// How requests of traces become rows of the table `spans`.
import type { SpanBlock } from '#storage/span-block';
import { SpanWriter } from '../map/write-span.ts';
import { Redactor } from '../redact/redactor.ts';
import type { ProtobufForm, SignalCodec } from './codec.ts';
import { ProtobufDecoder } from './decode-protobuf.ts';
import { REJECTIONS } from './validate-span.ts';

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
  return {
    signal: 'traces',
    noun: 'spans',
    explanations: REJECTIONS,
    async toProtobuf(body) {
      const form = await toProtobuf(body);
      // What is refused while it is read as JSON belongs to no service yet.
      for (const [reason, count = 0] of Object.entries(form.rejected)) {
        redactor.skips.note({ kind: 'rejected', reason, sender: '', count });
      }
      return form;
    },
    decode: (bytes, batch, block) => decoder.decode(bytes, batch, block),
    decodeInSlices: (bytes, batch) => decoder.decodeInSlices(bytes, batch),
  };
}
