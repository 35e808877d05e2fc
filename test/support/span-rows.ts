// Test spans as plain rows of the table `spans`, with ids in hex. Rows go in as JSON and through a staging table, since
// raw id bytes have no place in JSON.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '#storage/database';
import { openDatabase } from '#storage/open';
import { copyTemplate } from './store-template.ts';

/** Columns of `spans`; what is left out takes the column's default. */
export type TestSpan = {
  readonly trace_id: string;
  readonly span_id: string;
  readonly start_time: string;
} & Readonly<Record<string, unknown>>;

/** A hex id of the given length made of a small number: `id(7, 16)` is 0000000000000007. */
export function id(n: number, digits: 16 | 32): string {
  return n.toString(16).padStart(digits, '0');
}

/** 2026-11-20 12:00:00 UTC plus an offset, as the table reads it: nine decimals. */
export function at(offsetNs: bigint | number): string {
  const ns = BASE_NS + BigInt(offsetNs);
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
}
const BASE_MS = Date.UTC(2026, 10, 20, 12);
const BASE_NS = BigInt(BASE_MS) * 1_000_000n;
export const NOW_MS = BASE_MS;
export const SECOND = 1_000_000_000;
export const HOUR = 3600 * SECOND;

/** A span row with default values; ids are given as small numbers. */
export function span(trace: number, spanNumber: number, over: Readonly<Record<string, unknown>> = {}): TestSpan {
  return {
    project_id: 'default',
    received_at: at(0).slice(0, 23),
    trace_id: id(trace, 32),
    span_id: id(spanNumber, 16),
    parent_span_id: id(0, 16),
    name: `span ${spanNumber}`,
    otel_kind: 1,
    kind: 'other',
    service: 'shop',
    start_time: at(0),
    duration_ns: '1000000',
    ...over,
  };
}

const STAGING = [
  `CREATE TABLE IF NOT EXISTS spans_staging ENGINE = Null AS
   SELECT * REPLACE (hex(trace_id) AS trace_id, hex(span_id) AS span_id, hex(parent_span_id) AS parent_span_id)
   FROM spans LIMIT 0`,
  `CREATE MATERIALIZED VIEW IF NOT EXISTS spans_from_staging TO spans AS
   SELECT * REPLACE (
     toFixedString(unhex(trace_id), 16) AS trace_id,
     toFixedString(unhex(span_id), 8) AS span_id,
     toFixedString(unhex(parent_span_id), 8) AS parent_span_id)
   FROM spans_staging`,
];

const staged = new WeakSet<Database>();

/** Inserts the rows as one block. */
export async function insertSpans(db: Database, rows: readonly TestSpan[]): Promise<void> {
  if (!staged.has(db)) for (const statement of STAGING) await db.command(statement);
  staged.add(db);
  await db.insertRows('spans_staging', rows);
}

/** An empty, migrated chDB in its own folder. `close` also deletes the folder. */
export async function openTestDatabase(
  fill: (dataDir: string) => Promise<void> = async () => undefined,
): Promise<{ db: Database; close(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telltale-test-'));
  await copyTemplate('store', dataDir);
  await fill(dataDir);
  const db = await openDatabase({ dataDir });
  return {
    db,
    async close() {
      await db.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
