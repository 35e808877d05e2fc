// How requests of log records become rows of the table `logs`.
import type { LogBlock } from '#storage/log-block';
import type { ProtobufForm, SignalCodec } from './ingest.ts';
import { LogsDecoder } from './otlp/decode-logs.ts';
import { REJECTIONS } from './otlp/validate-span.ts';

/** @param toProtobuf how a JSON body is converted */
export function logCodec(toProtobuf: (body: Buffer) => ProtobufForm | Promise<ProtobufForm>): SignalCodec<LogBlock> {
  const decoder = new LogsDecoder();
  return {
    signal: 'logs',
    noun: 'log records',
    explanations: REJECTIONS,
    toProtobuf,
    decode: (bytes, batch, block) => decoder.decode(bytes, batch, block),
  };
}
