// One export request, decompressed, of any signal and either encoding, handed to the ingest of that signal. Both endpoints,
// HTTP and gRPC, call it.
import type { SkipLog } from '../count/skip-log.ts';
import { countDataPoints, countLogRecords, looksLikeLogs } from '../decode/count-records.ts';
import type { JsonWorker } from '../decode/json-worker.ts';
import { MisdirectedError, misdirected } from '../decode/refused.ts';
import type { Signal } from '../decode/signals.ts';
import { MalformedError } from '../wire/wire.ts';
import type { Ingest, Outcome, Sender } from './ingest.ts';
import type { Encoding } from './reply.ts';

export interface TakeExportDeps {
  /** Stores spans. */
  readonly ingest: Ingest;
  /** Stores log records; without it they are refused, counted. */
  readonly ingestLogs?: Ingest;
  readonly json: JsonWorker;
  /** Takes notes of records of a signal that is not stored. */
  readonly skips: SkipLog;
}

export type TakeExport = (signal: Signal, body: Buffer, encoding: Encoding, sender: Sender) => Promise<Outcome>;

/**
 * Returns a function that resolves when what can be stored is stored, with the number of records that were not and why.
 * It throws MalformedError, RefusedError or UnavailableError.
 */
export function createTakeExport({ ingest, ingestLogs, json, skips }: TakeExportDeps): TakeExport {
  const signals: Record<Signal, Ingest> = {
    traces: (body, encoding, sender) => takeSpans(ingest, skips, body, encoding, sender),
    logs: ingestLogs ?? refuseLogs,
    metrics: refuseMetrics,
  };
  return (signal, body, encoding, sender) => signals[signal](body, encoding, sender);

  async function refuseLogs(body: Buffer, encoding: Encoding): Promise<Outcome> {
    const records = encoding === 'json' ? await json.countLogRecords(body) : await countLogRecords(body);
    return noneStored(skips, 'logs', records, 'Log records are not stored here; set OTEL_LOGS_EXPORTER=none');
  }

  async function refuseMetrics(body: Buffer, encoding: Encoding): Promise<Outcome> {
    const points = encoding === 'json' ? await json.countDataPoints(body) : await countDataPoints(body);
    return noneStored(skips, 'metrics', points, 'Telltale stores traces and logs; set OTEL_METRICS_EXPORTER=none');
  }
}

/** Says so when what came are log records, which have the shape of spans without ids. */
async function takeSpans(
  ingest: Ingest,
  skips: SkipLog,
  body: Buffer,
  encoding: Encoding,
  sender?: Sender,
): Promise<Outcome> {
  try {
    const outcome = await ingest(body, encoding, sender);
    if (outcome.rejected === 0 || encoding === 'json' || !looksLikeLogs(body)) return outcome;
    return { rejected: outcome.rejected, message: `${misdirected('logs')}. ${outcome.message}` };
  } catch (error) {
    if (error instanceof MisdirectedError) return noneStored(skips, error.signal, error.records, error.message);
    if (error instanceof MalformedError && encoding === 'protobuf' && looksLikeLogs(body))
      return noneStored(skips, 'logs', await countLogRecords(body), misdirected('logs'));
    throw error;
  }
}

function noneStored(skips: SkipLog, signal: 'logs' | 'metrics', records: number, why: string): Outcome {
  skips.note({ kind: 'rejected', reason: `${signal}_not_stored`, sender: '', count: records });
  return { rejected: records, message: records === 0 ? '' : `${why}. Nothing of this request was stored.` };
}
