// A process of its own, because the engine takes one data directory per process: prints "trace id, span id" of every row
// of a stopped data directory, one per line, as reads count them; then "copies" and the rows beyond that.
import { openDatabase } from '#storage/open';

const db = await openDatabase({ dataDir: process.argv[2] as string });
const rows = await db.queryTuples<readonly [string]>(
  "SELECT concat(lower(hex(trace_id)), ' ', lower(hex(span_id))) FROM spans FINAL",
  {},
  { maxSeconds: 120 },
);
const [all] = await db.query<{ rows: string }>('SELECT count() AS rows FROM spans');
await new Promise<void>((resolve) => {
  process.stdout.write(`${rows.map(([line]) => `${line}\n`).join('')}copies ${Number(all?.rows) - rows.length}\n`, () =>
    resolve(),
  );
});
await db.close();
process.exit(0);
