// The sentences about damaged data in the log, on the pages, in the digest and in the doctor's output. Pure.
import { formatExact, plural } from '#domain/format';
import type { Damage } from '#storage/part-ledger';

const TABLES_NAMED = 3;

/** One or two sentences: what is damaged, and what to do; null = no damage is known. */
export function damageWarning(
  damage: readonly Damage[],
  failedReads: { readonly count: number; readonly part: string | null },
): string | null {
  const found =
    damage.length > 0 ? missingWords(damage) : failedReads.count > 0 ? unreadableWords(failedReads.part) : null;
  if (found === null) return null;
  return `Stored data is damaged: ${found}. Stop Telltale and run \`npx telltale doctor --deep\`: it says what is affected and how to restore it.`;
}

/** `1,900 rows of spans (2026-11-30) cannot be read any more, because …` */
function missingWords(damage: readonly Damage[]): string {
  const groups = new Map<string, { rows: number; isKnown: boolean }>();
  for (const { table, period, rows } of damage) {
    const name = period === null ? table : `${table} (${period})`;
    const group = groups.get(name) ?? { rows: 0, isKnown: true };
    groups.set(name, { rows: group.rows + (rows ?? 0), isKnown: group.isKnown && rows !== null });
  }
  const sorted = [...groups].sort(([, a], [, b]) => b.rows - a.rows);
  const named = sorted.slice(0, TABLES_NAMED).map(([name, { rows, isKnown }]) => `${rowsIn(rows, isKnown)} of ${name}`);
  const more = sorted.length - named.length;
  const list = more > 0 ? `${named.join(', ')} and rows of ${formatExact(more)} more` : named.join(', ');
  return `${list} cannot be read any more, because files of the database are broken or gone`;
}

function rowsIn(rows: number, isKnown: boolean): string {
  if (isKnown) return plural(rows, 'row');
  return rows === 0 ? 'rows' : `at least ${plural(rows, 'row')}`;
}

const unreadableWords = (part: string | null) =>
  `a part of it cannot be read (${part ?? 'the log names the files'}), so some questions are not answered`;
