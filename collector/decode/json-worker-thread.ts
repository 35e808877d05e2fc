// The thread that parses large JSON bodies (json-worker.ts is its other end).
import { parentPort } from 'node:worker_threads';
import { MalformedError } from '../wire/wire.ts';
import { logsJsonToProtobuf } from './json-logs.ts';
import { countDataPointsOfJson, countLogRecordsOfJson, jsonToProtobuf } from './json-to-protobuf.ts';
import type { JsonAnswer, JsonJob } from './json-worker.ts';
import { MisdirectedError, RefusedError } from './refused.ts';

parentPort?.on('message', (job: JsonJob) => {
  const answer = run(job);
  const bytes = answer.kind === 'converted' ? [answer.bytes.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(answer, bytes);
});

function run({ id, task, body }: JsonJob): JsonAnswer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  try {
    if (task === 'convert spans') return { id, kind: 'converted', ...jsonToProtobuf(bytes) };
    if (task === 'convert log records') return { id, kind: 'converted', ...logsJsonToProtobuf(bytes) };
    const records = task === 'count log records' ? countLogRecordsOfJson(bytes) : countDataPointsOfJson(bytes);
    return { id, kind: 'counted', records };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof MisdirectedError)
      return { id, kind: 'misdirected', signal: error.signal, records: error.records };
    if (error instanceof MalformedError) return { id, kind: 'malformed', message };
    if (error instanceof RefusedError) return { id, kind: 'refused', status: error.status, message };
    // Any other error is a bug: it ends the thread, and json-worker.ts logs that.
    throw error;
  }
}
