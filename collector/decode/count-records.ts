// Counts what a request holds without decoding it: for the honest "0 of n stored" about records that are not taken.
import { BYTES, FIXED64, MalformedError, VARINT, Wire } from '../wire/wire.ts';
import { MisdirectedError } from './refused.ts';
import { runInSlices } from './slices.ts';
import type { Steps } from './walk-request.ts';

type Path = readonly (readonly number[])[];

// Field numbers down to one record: resource → scope → record; for metrics → the kind of metric → its data points.
const LOG_RECORDS: Path = [[1], [2], [2]];
const DATA_POINTS: Path = [[1], [2], [2], [5, 7, 9, 10, 11], [1]];

/** Fields between two rests. */
const FIELDS_PER_STEP = 1024;

/** Log records in an ExportLogsServiceRequest, counted in slices. @throws MalformedError */
export const countLogRecords = (bytes: Buffer): Promise<number> => count(bytes, LOG_RECORDS);

/** Data points in an ExportMetricsServiceRequest, counted in slices. @throws MalformedError */
export const countDataPoints = (bytes: Buffer): Promise<number> => count(bytes, DATA_POINTS);

async function count(bytes: Buffer, path: Path): Promise<number> {
  const wire = new Wire(bytes);
  const tally = { records: 0, fields: 0 };
  await runInSlices(counting(wire, bytes.length, path, 0, tally));
  return tally.records;
}

function* counting(
  wire: Wire,
  end: number,
  path: Path,
  level: number,
  tally: { records: number; fields: number },
): Steps {
  const numbers = path[level] as readonly number[];
  const isLast = level === path.length - 1;
  while (wire.field(end)) {
    if (++tally.fields % FIELDS_PER_STEP === 0) yield;
    if (wire.type !== BYTES || !numbers.includes(wire.number)) {
      wire.skip(end);
      continue;
    }
    const stop = wire.block(end);
    if (isLast) tally.records++;
    else yield* counting(wire, stop, path, level + 1, tally);
    wire.at = stop;
  }
}

/**
 * Whether a body that was sent as spans is one of log records: both have the same field numbers down to the record,
 * but a log record begins with a time where a span has its trace id.
 */
export function looksLikeLogs(bytes: Buffer): boolean {
  try {
    const wire = new Wire(bytes);
    let end = bytes.length;
    for (const [number] of LOG_RECORDS) {
      if (!enter(wire, end, number as number)) return false;
      end = wire.block(end);
    }
    // time_unix_nano 1, severity_number 2, observed_time_unix_nano 11
    while (wire.field(end)) {
      if (wire.type === FIXED64 && (wire.number === 1 || wire.number === 11)) return true;
      if (wire.type === VARINT && wire.number === 2) return true;
      wire.skip(end);
    }
    return false;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

/** Moves to the first sub-message with this number; false when there is none. */
function enter(wire: Wire, end: number, number: number): boolean {
  while (wire.field(end)) {
    if (wire.number === number && wire.type === BYTES) return true;
    wire.skip(end);
  }
  return false;
}

type Json = Readonly<Record<string, unknown>>;

/** The same for OTLP/JSON that was parsed already. */
export function countJsonLogRecords(request: Json): number {
  return lists(request.resourceLogs, 'scopeLogs', 'logRecords').length;
}

const METRIC_KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

export function countJsonDataPoints(request: Json): number {
  let points = 0;
  for (const metric of lists(request.resourceMetrics, 'scopeMetrics', 'metrics')) {
    for (const kind of METRIC_KINDS) points += objects((metric[kind] as Json | null | undefined)?.dataPoints).length;
  }
  return points;
}

/** @throws MisdirectedError when the request holds log records or metrics and no spans */
export function refuseOtherSignals(request: Json): void {
  if (request.resourceSpans !== undefined) return;
  const logs = countJsonLogRecords(request);
  if (logs > 0) throw new MisdirectedError(logs, 'logs');
  const points = countJsonDataPoints(request);
  if (points > 0) throw new MisdirectedError(points, 'metrics');
}

/** The innermost objects of a list of lists of lists. */
function lists(outer: unknown, middle: string, inner: string): Json[] {
  return objects(outer)
    .flatMap((item) => objects(item[middle]))
    .flatMap((item) => objects(item[inner]));
}

function objects(value: unknown): Json[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item) => typeof item === 'object' && item !== null && !Array.isArray(item)) as Json[];
}
