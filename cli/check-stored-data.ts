// The doctor's check of stored data: the ledger, detached parts, and with --deep every file; and the two commands for a
// loss without a backup.
import { formatExact, plural } from '#domain/format';
import { saveLedger } from '#storage/ledger-file';
import { refuseIfTablesAreGone } from '#storage/migrate';
import { acceptLosses, type Damage } from '#storage/part-ledger';
import { checkPart, type StoredPart, setPartAside } from '#storage/parts';
import { type Looked, type LookOptions, lookAtStoredData } from '../app/stored-data.ts';

/** @param problem what is wrong and how to fix it; null when all is well */
export type AddCheck = (name: string, problem: string | null) => void;

export interface StoredDataOptions {
  readonly deep?: true;
  /** table/part */
  readonly setAside?: string;
  readonly acceptLoss?: true;
  /** Without it, the command only prints what it would do. */
  readonly yes?: true;
}

/** Whether the options need the database's files. */
export const asksForFiles = ({ deep, setAside, acceptLoss }: StoredDataOptions): boolean =>
  deep === true || setAside !== undefined || acceptLoss === true;

const RESTORE = 'Restore a backup (deploy/README.md, "Backup")';

/** @throws StorageError, or when the ledger cannot be written */
export async function checkStoredData(
  look: LookOptions,
  options: StoredDataOptions,
  add: AddCheck,
  say: (line: string) => void,
): Promise<void> {
  try {
    await refuseIfTablesAreGone(look.db);
  } catch (error) {
    add('tables', (error as Error).message);
    return;
  }
  let looked = await lookAtStoredData(look);
  const isChanged = await act(look, looked, options, add, say);
  if (isChanged) looked = await lookAtStoredData({ ...look, onDisk: null });
  if (looked.problem !== null) add('ledger of parts', `it cannot be read (${looked.problem}); a new one begins now.`);
  for (const one of looked.damage) add(`stored data in ${one.table}`, lossWords(one));
  if (looked.damage.length > 0) {
    say('      No backup? `npx telltale doctor --accept-loss` ends the warnings about what is missing.');
  } else add(`stored data (${plural(looked.ledger.tables.size, 'table')})`, null);
  if (options.deep === true) await checkFiles(look, looked, add, say);
}

/** @returns whether anything was changed */
async function act(
  { db, dataDir }: LookOptions,
  { stored, ledger, damage }: Looked,
  { setAside, acceptLoss, yes }: StoredDataOptions,
  add: AddCheck,
  say: (line: string) => void,
): Promise<boolean> {
  const ask = (what: string) => add('not done yet', `${what} Add --yes to do it.`);
  let isChanged = false;
  if (setAside !== undefined) {
    const part = stored.parts.find((one) => one.isActive && `${one.table}/${one.name}` === setAside);
    if (part === undefined) {
      add('set aside', `there is no part ${setAside}; \`npx telltale doctor --deep\` lists the damaged ones.`);
    } else if (yes !== true) {
      ask(`${rowsOf(part)} would leave all answers; the files would stay in the folder "detached" of the table.`);
    } else {
      await setPartAside(db, part);
      say(`      ${setAside} is set aside: ${rowsOf(part)} left the answers.`);
      isChanged = true;
    }
  }
  if (acceptLoss === true && dataDir !== null && damage.length > 0) {
    if (yes !== true) ask(`Warnings about ${plural(damage.length, 'damaged part')} would end; no file is removed.`);
    else {
      await saveLedger(dataDir, acceptLosses(ledger, stored));
      say(`      The loss of ${plural(damage.length, 'part')} is accepted.`);
      isChanged = true;
    }
  }
  return isChanged;
}

const rowsOf = ({ rows, table }: StoredPart) => `${plural(rows, 'row')} of ${table}`;

function lossWords({ period, rows, part, kind, reason }: Damage): string {
  const what = rows === null ? 'rows (how many is not known)' : plural(rows, 'row');
  const when = period === null ? '' : ` received in ${period}`;
  const where =
    kind === 'missing'
      ? `the files of part ${part} are gone`
      : reason === ''
        ? `part ${part} was set aside; its files are in the folder "detached" of the table`
        : `the engine put part ${part} aside (${reason}); its files are in the folder "detached" of the table`;
  return `${what}${when} cannot be read: ${where}. ${RESTORE}.`;
}

/** Reads all files, a part at a time. */
async function checkFiles(
  { db }: LookOptions,
  { stored }: Looked,
  add: AddCheck,
  say: (line: string) => void,
): Promise<void> {
  const parts = stored.parts.filter(({ isActive, rows }) => isActive && rows > 0);
  say(`      reading ${plural(parts.length, 'part')} of the database …`);
  const bad = new Set<string>();
  for (const part of parts) {
    const problem = await checkPart(db, part).catch((error: Error) => error.message);
    if (problem === null) continue;
    const name = `${part.table}/${part.name}`;
    bad.add(part.table);
    add(
      `files of ${name}`,
      `${problem.replace(/\s+/g, ' ').slice(0, 300)} ${RESTORE}; or, so that all but its ${plural(part.rows, 'row')} can be read again: npx telltale doctor --deep --set-aside ${name} --yes`,
    );
  }
  for (const table of new Set(parts.map((part) => part.table))) {
    const mine = parts.filter((part) => part.table === table);
    const rows = mine.reduce((sum, part) => sum + part.rows, 0);
    if (!bad.has(table)) add(`files of ${table} (${plural(mine.length, 'part')}, ${formatExact(rows)} rows)`, null);
  }
}
