// Large JSON bodies are parsed on another thread, so that they do not block the event loop (ADR 0027).
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { MalformedError } from '../wire/wire.ts';
import { logsJsonToProtobuf } from './json-logs.ts';
import {
  type ConvertedJson,
  countDataPointsOfJson,
  countLogRecordsOfJson,
  jsonToProtobuf,
} from './json-to-protobuf.ts';
import { MisdirectedError, RefusedError } from './refused.ts';

/** Smaller bodies are parsed where they are: a few milliseconds, and no copy. */
export const INLINE_JSON_BYTES = 256 * 1024;

export type JsonTask = 'convert spans' | 'convert log records' | 'count log records' | 'count data points';

export interface JsonJob {
  readonly id: number;
  readonly task: JsonTask;
  readonly body: Uint8Array;
}
export type JsonAnswer = { readonly id: number } & (
  | ({ readonly kind: 'converted' } & ConvertedJson)
  | { readonly kind: 'counted'; readonly records: number }
  | { readonly kind: 'misdirected'; readonly signal: 'logs' | 'metrics'; readonly records: number }
  | { readonly kind: 'malformed'; readonly message: string }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
);

export interface JsonWorkerOptions {
  readonly log: { error(fields: object, message: string): void };
  /** Bodies waiting, together. More are answered 503. */
  readonly maxQueuedBytes?: number;
  /** The file of the thread, for tests. */
  readonly thread?: URL;
}

export interface JsonWorker {
  /** Small bodies at once. @throws MalformedError, MisdirectedError, RefusedError (413; 503 when it may be tried again) */
  convertSpans(body: Buffer): ConvertedJson | Promise<ConvertedJson>;
  /** @throws as above, but for MisdirectedError */
  convertLogs(body: Buffer): ConvertedJson | Promise<ConvertedJson>;
  /** @throws as above */
  countLogRecords(body: Buffer): number | Promise<number>;
  /** @throws as above */
  countDataPoints(body: Buffer): number | Promise<number>;
  /** How many threads were started so far. */
  readonly threadsStarted: number;
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: number;
  readonly resolve: (answer: JsonAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** One thread, started when the first large body comes and again when it ended in a fault. */
export function createJsonWorker({
  log,
  maxQueuedBytes = 128 * 1024 * 1024,
  thread = new URL('./json-worker-thread.ts', import.meta.url),
}: JsonWorkerOptions): JsonWorker {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let [lastId, queuedBytes, threadsStarted] = [0, 0, 0];

  const take = (id: number): Waiting | undefined => {
    const job = waiting.get(id);
    if (job !== undefined) queuedBytes -= job.bytes;
    waiting.delete(id);
    return job;
  };

  const start = (): Worker => {
    threadsStarted++;
    const started = startThread(thread);
    started.unref();
    started.on('message', (answer: JsonAnswer) => take(answer.id)?.resolve(answer));
    started.on('error', (error: NodeJS.ErrnoException) => {
      log.error({ err: error }, 'the thread that parses JSON ended; the next large body starts it again');
      if (worker === started) worker = null;
      const isTooMuch = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      for (const [position, id] of [...waiting.keys()].entries()) {
        // It works on one body after the other: the first is the one it died of.
        take(id)?.reject(isTooMuch && position === 0 ? tooMuch() : new RefusedError(503, 'Send again shortly.'));
      }
    });
    started.on('exit', () => {
      if (worker !== started) return;
      worker = null;
      for (const id of [...waiting.keys()]) take(id)?.reject(new RefusedError(503, 'Send again shortly.'));
    });
    return started;
  };

  const run = async (task: JsonTask, body: Buffer): Promise<JsonAnswer> => {
    if (queuedBytes > 0 && queuedBytes + body.length > maxQueuedBytes)
      throw new RefusedError(503, 'Too many large JSON bodies at once; send again shortly, or send protobuf.');
    queuedBytes += body.length;
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { bytes: body.length, resolve, reject });
      worker ??= start();
      const copy = new Uint8Array(body);
      worker.postMessage({ id, task, body: copy } satisfies JsonJob, [copy.buffer]);
    });
  };

  const convert = async (task: JsonTask, body: Buffer): Promise<ConvertedJson> => {
    const answer = await run(task, body);
    if (answer.kind !== 'converted') throw errorOf(answer);
    const { buffer, byteOffset, byteLength } = answer.bytes;
    return { bytes: Buffer.from(buffer, byteOffset, byteLength), rejected: answer.rejected };
  };
  const count = async (task: JsonTask, body: Buffer): Promise<number> => {
    const answer = await run(task, body);
    if (answer.kind !== 'counted') throw errorOf(answer);
    return answer.records;
  };

  return {
    get threadsStarted() {
      return threadsStarted;
    },
    convertSpans: (body) => (body.length <= INLINE_JSON_BYTES ? jsonToProtobuf(body) : convert('convert spans', body)),
    convertLogs: (body) =>
      body.length <= INLINE_JSON_BYTES ? logsJsonToProtobuf(body) : convert('convert log records', body),
    countLogRecords: (body) =>
      body.length <= INLINE_JSON_BYTES ? countLogRecordsOfJson(body) : count('count log records', body),
    countDataPoints: (body) =>
      body.length <= INLINE_JSON_BYTES ? countDataPointsOfJson(body) : count('count data points', body),
    async close() {
      await worker?.terminate();
    },
  };
}

const tooMuch = () =>
  new RefusedError(413, 'This is too much JSON for one request; send smaller batches, or protobuf.');

function errorOf(answer: JsonAnswer): Error {
  if (answer.kind === 'misdirected') return new MisdirectedError(answer.records, answer.signal);
  if (answer.kind === 'malformed') return new MalformedError(answer.message);
  if (answer.kind === 'refused') return new RefusedError(answer.status, answer.message);
  return new Error(`the thread that parses JSON answered ${answer.kind}`);
}

/**
 * The thread loads TypeScript by itself where Node can; else tsx teaches it. `--import tsx` does not reach threads on
 * Node 20, so the thread begins with a line that registers it.
 */
function startThread(thread: URL): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: 1024 };
  const readsTypeScript = 'typescript' in process.features && process.features.typescript !== false;
  // No options of this process: a thread refuses to start with most of them, such as --max-old-space-size.
  if (readsTypeScript || !thread.pathname.endsWith('.ts')) return new Worker(thread, { execArgv: [], resourceLimits });
  const tsxRoot = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const tsx = new URL('./dist/esm/api/index.mjs', tsxRoot).href;
  const code = `import { register } from ${JSON.stringify(tsx)};\nregister();\nawait import(${JSON.stringify(thread.href)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { execArgv: [], resourceLimits });
}
