// Lists of runs as a reader asks for them: by query string, and page after page.
import { expect } from 'vitest';
import type { Run } from '#contracts/run';
import { type RunQuery, runQuerySchema } from '#contracts/search';
import type { Database } from '#storage/database';
import { searchRuns } from '#storage/search-runs';
import { NOW_MS } from './span-rows.ts';

/** As the query string of a request is parsed: numbers are text there. */
export function runQuery(over: Readonly<Record<string, unknown>> = {}): RunQuery {
  const texts = Object.entries(over).map(([key, value]) => [key, typeof value === 'number' ? String(value) : value]);
  return runQuerySchema.parse(Object.fromEntries(texts));
}

/** Follows the cursor to the end. @throws when a page before the last is short, or the pages do not end */
export async function readAllPages(
  db: Database,
  projectId: string,
  filter: Readonly<Record<string, unknown>>,
  limit: number,
): Promise<Run[]> {
  const runs: Run[] = [];
  let cursor: string | null = null;
  do {
    const query = runQuery({ ...filter, limit, ...(cursor === null ? {} : { cursor }) });
    const page = await searchRuns(db, projectId, query, NOW_MS);
    runs.push(...page.runs);
    cursor = page.nextCursor;
    expect(runs.length, 'pages go on for ever').toBeLessThan(50);
    expect(page.runs.length === limit || cursor === null, 'only the last page is short').toBe(true);
  } while (cursor !== null);
  return runs;
}
