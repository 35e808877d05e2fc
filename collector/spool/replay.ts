// Replay of quarantined rows (`telltale quarantine retry`): files in a folder of the spool, each one insert.
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type SpoolFile, tableOf } from './check-file.ts';

/** The folder within the spool. Its name is on disk: renaming it would leave the files of an older version behind. */
export const REPLAY_FOLDER = 'redrive';
const LOOK_EVERY_MS = 1000;

export interface ReplayDeps {
  readonly dir: string;
  readonly tables: readonly string[];
  readonly now: () => number;
  /** Called once per file, now and as more come. */
  readonly onFound: (file: SpoolFile) => void;
}

/** Returns how to stop. */
export function watchReplays({ dir, tables, now, onFound }: ReplayDeps): () => void {
  const taken = new Set<string>();
  let isFirst = true;
  const look = async () => {
    const names = await readdir(dir).catch(() => []);
    // Temporary files of a process that was killed: nothing is inserted from here yet.
    const leftovers = isFirst ? names.filter((name) => name.endsWith('.tmp')) : [];
    isFirst = false;
    // One that cannot be deleted does no harm.
    for (const name of leftovers) await unlink(join(dir, name)).catch(() => undefined);
    for (const name of names) {
      const path = join(dir, name);
      if (taken.has(name) || name.endsWith('.tmp') || !tables.includes(tableOf(path) ?? '')) continue;
      const facts = await stat(path).catch(() => null);
      taken.add(name);
      onFound({ path, bytes: facts?.size ?? 0, sinceMs: now(), known: null, failedReads: 0 });
    }
  };
  let isLooking = false;
  const tick = () => {
    if (isLooking) return;
    isLooking = true;
    void look()
      .catch(() => undefined)
      .finally(() => {
        isLooking = false;
      });
  };
  tick();
  const timer = setInterval(tick, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
