// The ledger against the table, after the program has stopped: what was acknowledged must be there, once.
import { readFile } from 'node:fs/promises';
import { openDatabase } from '#storage/open';

export interface Verdict {
  readonly acked: number;
  readonly lost: number;
  /** Rows beyond the first of a span in the table itself. */
  readonly physicalDuplicates: number;
}

/** Opens the data directory: no other process may have it. */
export async function checkLedger(ledger: string, dataDir: string): Promise<Verdict> {
  const db = await openDatabase({ dataDir });
  try {
    const rows = await db.query<{ id: string }>(
      "SELECT concat(lower(hex(trace_id)), ' ', lower(hex(span_id))) AS id FROM spans",
    );
    const stored = new Set(rows.map(({ id }) => id));
    const lines = (await readFile(ledger, 'utf8')).split('\n').filter((line) => line !== '');
    const lost = lines.filter((line) => !stored.has(line.split(' ', 2).join(' '))).length;
    return { acked: lines.length, lost, physicalDuplicates: rows.length - stored.size };
  } finally {
    await db.close();
  }
}
