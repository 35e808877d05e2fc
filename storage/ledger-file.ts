// The ledger of parts on disk, outside the engine that it watches: `stored-parts.jsonl` in the data directory. And the
// parts as the folders of the embedded engine have them, before it is opened.
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { EMPTY_LEDGER, type Ledger, parseLedger, writeLedger } from './part-ledger.ts';
import { parsePartName } from './parts.ts';

const fileOf = (dataDir: string) => join(dataDir, 'stored-parts.jsonl');

export interface ReadLedger {
  readonly ledger: Ledger;
  /** Why there is none to compare with although there is a file; null = all is well, or it is the first start. */
  readonly problem: string | null;
}

/** Empty when there is no file, or one that cannot be read. */
export async function readLedger(dataDir: string): Promise<ReadLedger> {
  try {
    return { ledger: parseLedger(await readFile(fileOf(dataDir), 'utf8')), problem: null };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { ledger: EMPTY_LEDGER, problem: code === 'ENOENT' ? null : message };
  }
}

/** Whole or not at all, synced. @throws when the disk does not take it */
export async function saveLedger(dataDir: string, ledger: Ledger): Promise<void> {
  const path = fileOf(dataDir);
  const file = await open(`${path}.tmp`, 'w', 0o600);
  try {
    await file.writeFile(writeLedger(ledger));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
}

/** Names of parts by the id of their table. Empty where there is no engine yet. */
export async function readPartsOnDisk(dataDir: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const store = join(dataDir, 'engine', 'store');
  const folders = async (path: string) =>
    (await readdir(path, { withFileTypes: true }).catch(() => [])).filter((one) => one.isDirectory());
  const found = new Map<string, readonly string[]>();
  for (const { name: prefix } of await folders(store)) {
    for (const { name: id } of await folders(join(store, prefix))) {
      const names = (await folders(join(store, prefix, id))).map(({ name }) => name);
      found.set(
        id,
        names.filter((name) => parsePartName(name) !== null),
      );
    }
  }
  return found;
}
