// Error spans as the collector stores them; the materialised view carries them into the errors table.
import type { Database } from '#storage/database';
import { id, insertSpans } from './span-rows.ts';

export interface ErrorRow {
  readonly projectId: string;
  readonly fingerprint: string;
  /** 1, 2, 3…: becomes the trace id and, unless `span` says otherwise, the span id. */
  readonly trace: number;
  readonly span?: number;
  readonly endedMs: number;
  /** Default: 40 ms before it ended. */
  readonly startedMs?: number;
  /** Default: when it ended. */
  readonly receivedMs?: number;
  readonly agent?: string;
  readonly step?: string;
  readonly errorType?: string;
  readonly message?: string;
  readonly template?: string;
  readonly version?: string;
  readonly model?: string;
  readonly provider?: string;
  /** The host that was called. */
  readonly peer?: string;
  /** The host it was seen on. */
  readonly source?: string;
  readonly session?: string;
}

const DURATION_MS = 40;

/** The hex trace id of `ErrorRow.trace`. */
export const traceIdOf = (trace: number): string => id(trace, 32);

/** Inserts the rows as one block; resolves when they can be read. */
export async function insertErrors(db: Database, rows: readonly ErrorRow[]): Promise<void> {
  await insertSpans(db, rows.map(toSpan));
}

function toSpan(row: ErrorRow) {
  const startedMs = row.startedMs ?? row.endedMs - DURATION_MS;
  return {
    project_id: row.projectId,
    fingerprint: row.fingerprint,
    fingerprint_version: 1,
    trace_id: traceIdOf(row.trace),
    span_id: id(row.span ?? row.trace, 16),
    parent_span_id: id(0, 16),
    start_time: toTime(startedMs),
    duration_ns: String((row.endedMs - startedMs) * 1_000_000),
    received_at: toTime(row.receivedMs ?? row.endedMs),
    service: 'shop',
    service_version: row.version ?? '',
    model: row.model ?? '',
    provider: row.provider ?? '',
    attributes: row.peer === undefined ? {} : { 'server.address': row.peer },
    resource: row.source === undefined ? {} : { 'host.name': row.source },
    session_id: row.session ?? '',
    agent: row.agent ?? 'support-agent',
    name: row.step ?? 'lookup_order',
    kind: 'tool',
    tool_name: row.step ?? 'lookup_order',
    status_code: 2,
    is_error: 1,
    error_type: row.errorType ?? 'TimeoutError',
    error_message: row.message ?? `order ${row.trace} timed out`,
    error_template: row.template ?? 'order <num> timed out',
  };
}

const toTime = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
