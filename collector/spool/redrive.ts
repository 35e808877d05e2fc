// Rows that someone took out of the quarantine to try them again (`telltale quarantine retry`): files in a folder of
// the spool, each one insert.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SealedSegment } from './segment.ts';

const NAME = /^([a-z_]{1,40})-(\d{1,9})-[\dA-Za-z-]{1,60}\.native$/;
const LOOK_EVERY_MS = 1000;

/** Calls `onFound` once per file, now and as more come. Returns how to stop. */
export function watchRedrive(
  dir: string,
  tables: readonly string[],
  onFound: (segment: SealedSegment) => void,
): () => void {
  const taken = new Set<string>();
  const look = async () => {
    for (const name of await readdir(dir).catch(() => [])) {
      const found = NAME.exec(name);
      if (found === null || taken.has(name) || !tables.includes(found[1] as string)) continue;
      taken.add(name);
      const path = join(dir, name);
      const body = await readFile(path);
      const token = createHash('sha256').update(body).digest('hex');
      onFound({ table: found[1] as string, path, rows: Number(found[2]), bytes: body.length, token });
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
