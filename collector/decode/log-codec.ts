// How requests of log records become rows of the table `logs`; those that say a step is open, of `open_steps`.
import type { LogBlock } from '#storage/log-block';
import type { OpenStepBlock } from '#storage/open-step-block';
import { Redactor } from '../redact/redactor.ts';
import type { WriteQueue } from '../spool/write-queue.ts';
import { type ProtobufForm, type SignalCodec, UnavailableError } from './codec.ts';
import { LogsDecoder } from './decode-logs.ts';
import { REJECTIONS } from './validate-span.ts';

/**
 * @param toProtobuf how a JSON body is converted
 * @param redactor masks secrets before anything is stored
 * @param openSteps where records of open steps go; without it they are records like others
 */
export function logCodec(
  toProtobuf: (body: Buffer) => ProtobufForm | Promise<ProtobufForm>,
  redactor = new Redactor(),
  openSteps: WriteQueue<OpenStepBlock> | null = null,
): SignalCodec<LogBlock> {
  const decoder = new LogsDecoder(undefined, redactor);
  return {
    signal: 'logs',
    noun: 'log records',
    explanations: REJECTIONS,
    toProtobuf,
    decode(bytes, batch, block) {
      const stepBlock = openSteps?.open() ?? null;
      if (openSteps !== null && stepBlock === null) {
        throw new UnavailableError('More waits than the disk can take now; send again shortly.');
      }
      const { accepted, rejected, openSteps: steps } = decoder.decode(bytes, batch, block, stepBlock);
      if (openSteps === null || steps === 0) return { accepted, rejected };
      return { accepted, rejected, elsewhere: { rows: steps, durable: openSteps.committed() } };
    },
    async decodeInSlices(bytes, batch) {
      const { blocks, stepBlocks, decoded } = await decoder.decodeInSlices(bytes, batch, openSteps !== null);
      const { accepted, rejected, openSteps: steps } = decoded;
      if (openSteps === null || steps === 0) return { blocks, decoded: { accepted, rejected } };
      const elsewhere = { rows: steps, durable: openSteps.append(stepBlocks) };
      return { blocks, decoded: { accepted, rejected, elsewhere } };
    },
  };
}
