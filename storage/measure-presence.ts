// Which sources of measures have anything in a stretch of time: one statement, so that a rule about what did not happen
// costs no statement of its own.
import type { Database } from './database.ts';
import { MEASURE_SOURCES, type MeasureSource, sourceParams } from './measure-sources.ts';

const IS_ROOT = `parent_span_id = toFixedString('', 8)`;
const hasMark = (prefix: string) => `arrayExists(m -> startsWith(m, '${prefix}'), marks)`;

/** A span without which the source is empty: what the source itself asks for, without what it compares. */
const NEEDS: Readonly<Record<Exclude<MeasureSource, 'lost_runs'>, string>> = {
  runs: IS_ROOT,
  escalations: IS_ROOT,
  decisions: `kind = 'decision'`,
  drift: hasMark('schema_changed: '),
  dead_letters: hasMark('dead_letter'),
  circuits: hasMark('circuit: open'),
  cost: 'cost_usd IS NOT NULL',
};

const receivedAfter = (since: 'from' | 'context') => `project_id = {project:String}
    AND received_at > fromUnixTimestamp64Milli({${since}:Int64}, 'UTC')
    AND received_at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

const READ_PRESENT = `
SELECT
  ${Object.entries(NEEDS)
    .map(([source, condition]) => `max(${condition}) AS ${source}`)
    .join(',\n  ')},
  (SELECT count() > 0 FROM open_steps WHERE ${receivedAfter('context')}) AS lost_runs
FROM spans
WHERE ${receivedAfter('from')}`;

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
