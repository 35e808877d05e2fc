// `telltale quarantine`: lists what storage rejected after it was acknowledged, and replays it. Works on the files, so
// Telltale may be running or not.
import { join } from 'node:path';
import { clip } from '#domain/clip';
import { itemOf, listQuarantine, type QuarantineEntry } from '../collector/spool/quarantine/entry.ts';
import { retryQuarantine } from '../collector/spool/quarantine/retry.ts';

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

/** Hands the entries with these ids, or all that can be retried, back to the spool. @throws when there is no such entry */
export async function retryFromQuarantine({ dataDir, say }: QuarantineCommand, ids: readonly string[]): Promise<void> {
  const dir = join(dataDir, 'quarantine');
  const retry = async (id: string) => {
    const { rows, bytes, table } = await retryQuarantine(dir, join(dataDir, 'spool'), id);
    const what = table === null ? `${bytes} bytes` : `${rows} of ${table}`;
    say(`${id}: ${what} handed back; a running Telltale inserts them within seconds, else the next start.`);
  };
  for (const id of ids) await retry(id);
  if (ids.length > 0) return;
  const items = (await listQuarantine(dir)).map(itemOf).filter(({ canRetry }) => canRetry);
  for (const { id } of items) await retry(id).catch((error: Error) => say(error.message));
  if (items.length === 0) say('The quarantine holds no rows that can be retried.');
}

function lineOf({ id, at, table, rows, bytes, reason, samples, isLost }: QuarantineEntry): string {
  const raw = isLost === true ? 'lost, nothing to retry' : `${bytes} bytes of the spool`;
  const what = table === null ? `${rows > 0 ? `${rows} rows, ` : ''}${raw}` : `${rows} of ${table}`;
  const [first] = samples;
  const example = first === undefined ? '' : ` (${first.name}, trace ${first.traceId})`;
  return `${id}  ${at}  ${what}${example}: ${clip(reason.replace(/\s+/g, ' '), 200)}`;
}
