// How requests of log records become rows of the table `logs`.
import type { LogBlock } from '#storage/log-block';
import type { ProtobufForm, SignalCodec } from './ingest.ts';
import { LogsDecoder } from './otlp/decode-logs.ts';
import { REJECTIONS } from './otlp/validate-span.ts';
import { Redactor } from './redact/redactor.ts';

/**
 * @param toProtobuf how a JSON body is converted
 * @param redactor masks secrets before anything is stored
 */
export function logCodec(
  toProtobuf: (body: Buffer) => ProtobufForm | Promise<ProtobufForm>,
  redactor = new Redactor(),
): SignalCodec<LogBlock> {
  const decoder = new LogsDecoder(undefined, redactor);
  return {
    signal: 'logs',
    noun: 'log records',
    explanations: REJECTIONS,
    toProtobuf,
    decode: (bytes, batch, block) => decoder.decode(bytes, batch, block),
  };
}
