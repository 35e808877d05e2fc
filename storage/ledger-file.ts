// The ledger of parts on disk, outside the engine that it watches: `stored-parts.jsonl` in the data directory.
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { EMPTY_LEDGER, type Ledger, parseLedger, writeLedger } from './part-ledger.ts';

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
