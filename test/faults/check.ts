// The ledger against the table, after the program has stopped: what was acknowledged must be there, once.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Verdict {
  readonly acked: number;
  readonly lost: number;
  /** Rows beyond the first of a span, as reads count them. */
  readonly rowsTwice: number;
  /** Rows on disk that reads leave out, because the same row lies there already, until a merge removes them. */
  readonly copiesOnDisk: number;
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

/** Opens the data directory: no other process may have it. */
export async function checkLedger(ledger: string, dataDir: string): Promise<Verdict> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'test/faults/read-stored.ts', dataDir],
    { cwd: ROOT, maxBuffer: 1 << 30, env: { ...process.env, UV_THREADPOOL_SIZE: '16' } },
  );
  return compare(ledger, stdout);
}

/** @param table "trace id, span id" of every row of the table, one per line; then "copies" and how many, or nothing */
export async function compare(ledger: string, table: string): Promise<Verdict> {
  const all = linesOf(table);
  const rows = all.filter((line) => !line.startsWith('copies '));
  const copiesOnDisk = Number(all.find((line) => line.startsWith('copies '))?.slice('copies '.length) ?? 0);
  const stored = new Set(rows);
  const lines = linesOf(await readFile(ledger, 'utf8'));
  const lost = lines.filter((line) => !stored.has(line.split(' ', 2).join(' '))).length;
  return { acked: lines.length, lost, rowsTwice: rows.length - stored.size, copiesOnDisk };
}

/** The API's count of a trace, or -1 when count and list differ or there is none. */
export async function countInApi(apiUrl: string, traceId: string): Promise<number> {
  const reply = await fetch(`${apiUrl}/api/traces/${traceId}`);
  if (!reply.ok) return -1;
  const { run, spans } = (await reply.json()) as { run: { spanCount: number }; spans: unknown[] };
  return run.spanCount === spans.length ? run.spanCount : -1;
}

/** Of at most so many traces of the ledger, spread over it: how many the API counts wrongly. */
export async function wrongInApi(ledger: string, apiUrl: string, most: number): Promise<number> {
  const expected = new Map<string, number>();
  for (const line of linesOf(await readFile(ledger, 'utf8'))) {
    const traceId = line.slice(0, 32);
    expected.set(traceId, (expected.get(traceId) ?? 0) + 1);
  }
  const traces = [...expected];
  const step = Math.max(1, Math.ceil(traces.length / most));
  let wrong = 0;
  for (const [traceId, spans] of traces.filter((_, index) => index % step === 0))
    if ((await countInApi(apiUrl, traceId)) !== spans) wrong++;
  return wrong;
}
