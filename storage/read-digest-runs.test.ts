import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertSpans, openTestDatabase, span, at, SECOND, HOUR, NOW_MS } from '../test/support/span-rows.ts';
import type { Database } from './database.ts';
import { readRunFigures } from './read-digest-runs.ts';
let db: Database; let close: () => Promise<void>;
beforeAll(async () => { ({ db, close } = await openTestDatabase()); });
afterAll(() => close());
it('counts', async () => {
  await insertSpans(db, [
    span(1, 1, { duration_ns: String(2*SECOND), agent: 'a' }),
    span(1, 2, { parent_span_id: '0000000000000001', cost_usd: 0.5, kind: 'llm' }),
    span(2, 1, { duration_ns: String(3*SECOND), agent: 'b', is_error: 1, cost_usd: 2 }),
    span(2, 2, { parent_span_id: '0000000000000001', cost_usd: 1.5, kind: 'llm' }),
  ]);
  console.log(await readRunFigures(db, 'default', { fromMs: NOW_MS - 1000, toMs: NOW_MS + 1000 }, NOW_MS + 3600_000));
});
