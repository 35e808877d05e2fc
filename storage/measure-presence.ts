// Which sources of measures have anything in a time range: one statement, so that a rule about what did not happen
// costs no statement of its own.
import type { Database } from './database.ts';
import { hasMark, MEASURE_SOURCES, type MeasureSource, ROOT, received, sourceParams } from './measure-sources.ts';

/** A span without which the source is empty: what the source itself asks for, without what it compares. */
const NEEDS: Readonly<Record<Exclude<MeasureSource, 'lost_runs'>, string>> = {
  runs: ROOT,
  escalations: ROOT,
  decisions: `kind = 'decision'`,
  drift: hasMark('drift'),
  dead_letters: hasMark('dead_letters'),
  circuits: hasMark('circuits'),
  cost: 'cost_usd IS NOT NULL',
};

const READ_PRESENT = `
SELECT
  ${Object.entries(NEEDS)
    .map(([source, condition]) => `max(${condition}) AS ${source}`)
    .join(',\n  ')},
  (SELECT count() > 0 FROM open_steps WHERE ${received('context')}) AS lost_runs
FROM spans
WHERE ${received('from')}`;

/**
 * The sources that may have something in any part of the range; what is not among them has nothing there.
 * @param fromMs time of receipt, ms since 1970: after it, up to `toMs`
 * @throws StorageError
 */
export async function readPresentSources(
  db: Database,
  projectId: string,
  fromMs: number,
  toMs: number,
): Promise<ReadonlySet<MeasureSource>> {
  const params = { project: projectId, from: fromMs, to: toMs, context: sourceParams(fromMs).context as number };
  const [row] = await db.query<Record<MeasureSource, number>>(READ_PRESENT, params);
  return new Set(MEASURE_SOURCES.filter((source) => row?.[source] === 1));
}
