// `telltale quarantine`: what was acknowledged and refused by storage, and how to try it again. Works on the files, so
// Telltale may be running or not.
import { join } from 'node:path';
import { clip } from '#schema/clip';
import { listQuarantine, type QuarantineEntry, retryQuarantine } from '../collector/quarantine/quarantine.ts';

export interface QuarantineCommand {
  readonly dataDir: string;
  readonly say: (line: string) => void;
}

/** One line per entry. */
export async function sayQuarantine({ dataDir, say }: QuarantineCommand): Promise<void> {
  const entries = await listQuarantine(join(dataDir, 'quarantine'));
  if (entries.length === 0) say('The quarantine is empty.');
  for (const entry of entries) say(lineOf(entry));
}

/** Hands the entries with these ids, or all that hold rows, back to the spool. @throws when there is no such entry */
export async function retryFromQuarantine({ dataDir, say }: QuarantineCommand, ids: readonly string[]): Promise<void> {
  const dir = join(dataDir, 'quarantine');
  const all = (await listQuarantine(dir)).filter(({ table }) => table !== null).map(({ id }) => id);
  const chosen = ids.length === 0 ? all : ids;
  for (const id of chosen) {
    const { rows, table } = await retryQuarantine(dir, join(dataDir, 'spool'), id);
    say(`${id}: ${rows} of ${table} handed back; a running Telltale inserts them within seconds, else the next start.`);
  }
  if (chosen.length === 0) say('The quarantine holds no rows.');
}

function lineOf({ id, at, table, rows, bytes, reason, samples }: QuarantineEntry): string {
  const what = table === null ? `${bytes} bytes that cannot be read` : `${rows} of ${table}`;
  const [first] = samples;
  const example = first === undefined ? '' : ` (${first.name}, trace ${first.traceId})`;
  return `${id}  ${at}  ${what}${example}: ${clip(reason.replace(/\s+/g, ' '), 200)}`;
}
