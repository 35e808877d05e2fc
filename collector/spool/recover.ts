// What an earlier process left in the spool, made ready to insert. Start always succeeds: a torn tail is cut, damaged
// stretches and unknown files go to quarantine, the rest is taken as it stands.
import { open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { frameNameAt } from '#storage/native/frame';
import { failpoint } from './failpoint.ts';
import { scanSegment } from './scan.ts';
import { parseSegmentName, type SealedSegment, syncFolder, tokenOf } from './segment.ts';

export interface RecoverDeps {
  readonly dir: string;
  /** Tables this version writes; a segment for another one is kept aside. */
  readonly tables: readonly string[];
  /** Keeps bytes aside with a reason. */
  readonly keepAside: (entry: {
    readonly name: string;
    readonly bytes: Buffer;
    readonly reason: string;
  }) => Promise<void>;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

export interface Recovered {
  /** Oldest first. */
  readonly segments: readonly SealedSegment[];
  /** The next free order number. */
  readonly nextOrder: number;
  readonly tornTails: number;
  readonly damagedRecords: number;
  /** Rows of damaged records, as far as their frames tell, by table. */
  readonly damagedRows: ReadonlyMap<string, number>;
  readonly unknownFiles: number;
}

export async function recover(deps: RecoverDeps): Promise<Recovered> {
  const { dir, log } = deps;
  const segments: SealedSegment[] = [];
  const damagedRows = new Map<string, number>();
  let nextOrder = 1;
  let tornTails = 0;
  let damagedRecords = 0;
  let unknownFiles = 0;
  const entries = await readdir(dir, { withFileTypes: true });
  const byOrder = (name: string) => parseSegmentName(name)?.order ?? 0;
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  for (const name of names.sort((a, b) => byOrder(a) - byOrder(b))) {
    failpoint('during_recovery');
    const path = join(dir, name);
    if (name.endsWith('.tmp')) {
      // A repair that was cut short: its source is still there.
      await unlink(path);
      continue;
    }
    try {
      const parsed = parseSegmentName(name);
      if (parsed === null || !deps.tables.includes(parsed.table)) {
        unknownFiles++;
        log.error({ file: name }, 'a file in the spool is not of this version; it is kept in quarantine');
        await deps.keepAside({ name, bytes: await readFile(path), reason: 'unknown_version' });
        await unlink(path);
        continue;
      }
      nextOrder = Math.max(nextOrder, parsed.order + 1);
      const bytes = await readFile(path);
      const { blocks, damaged, tornAt } = scanSegment(bytes, parsed.nonce);
      if (tornAt !== null) {
        tornTails++;
        log.warn(
          { file: name, at: tornAt, bytes: bytes.length - tornAt },
          'an append that a crash cut short is left out',
        );
      }
      for (const { start, end, rows } of damaged) {
        damagedRecords++;
        damagedRows.set(parsed.table, (damagedRows.get(parsed.table) ?? 0) + (rows ?? 0));
        log.error(
          { file: name, at: start, bytes: end - start, rows },
          'a record in the spool is damaged; it is kept in quarantine',
        );
        await deps.keepAside({ name: `${name}.${start}`, bytes: bytes.subarray(start, end), reason: 'damaged_record' });
      }
      if (blocks.length === 0) {
        await unlink(path);
        continue;
      }
      if (damaged.length > 0)
        await rewrite(
          dir,
          name,
          blocks.map(({ start, end }) => bytes.subarray(start, end)),
        );
      else if (tornAt !== null) await cut(path, tornAt);
      segments.push({
        table: parsed.table,
        path,
        rows: blocks.reduce((sum, { rows }) => sum + rows, 0),
        bytes: blocks.reduce((sum, { start, end }) => sum + end - start, 0),
        token: tokenOf(blocks.map(({ start, end }) => frameNameAt(bytes.subarray(start, end)))),
      });
    } catch (error) {
      // One file that cannot be read or repaired now must not keep the others, or the process, from starting.
      log.error({ err: error, file: name }, 'a file in the spool could not be recovered; it stays for the next start');
    }
  }
  return { segments, nextOrder, tornTails, damagedRecords, damagedRows, unknownFiles };
}

async function cut(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The undamaged blocks under the same name, in one step. */
async function rewrite(dir: string, name: string, blocks: readonly Buffer[]): Promise<void> {
  const temporary = join(dir, `${name}.tmp`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writev(blocks as Buffer[]);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(dir, name));
  await syncFolder(dir);
}
