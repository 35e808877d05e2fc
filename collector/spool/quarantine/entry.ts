// What lies in the quarantine: a note for each entry, and beside it the bytes, if they still exist.
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { QuarantineItem } from '#contracts/skipped';
import { FRAME_VERSION, layoutsOfFile } from '#storage/native/frame-layout';
import { parseSegmentName, type SegmentName } from '../segment.ts';

/** The note of one entry. */
export interface QuarantineEntry {
  readonly id: string;
  /** When it was put here; ISO 8601. */
  readonly at: string;
  /** The table whose rows the bytes are. null = no rows that can be inserted as they are. */
  readonly table: string | null;
  /** 0 when it is not known. */
  readonly rows: number;
  readonly bytes: number;
  readonly reason: string;
  /** The first rows, to know them by: trace id, span id, name. */
  readonly samples: readonly { readonly traceId: string; readonly spanId: string; readonly name: string }[];
  /** Which bytes these are, so that they are not put here twice: a segment file's name, or a part of one. */
  readonly source?: string;
  /** There are no bytes: the rows were acknowledged, and their file is gone. */
  readonly isLost?: boolean;
}

export const QUARANTINE_ID = /^\d{8}T\d{9}-[0-9a-f]{8}$/;

/**
 * The entries of a folder, oldest first; works beside a running process. A folder that does not exist has none.
 * @param most only the newest ones, so many: of others not even the notes are read
 */
export async function listQuarantine(dir: string, most = Infinity): Promise<QuarantineEntry[]> {
  const names = await readdir(dir).catch(() => []);
  const entries: QuarantineEntry[] = [];
  for (const name of names
    .filter((file) => file.endsWith('.json'))
    .sort()
    .reverse()) {
    if (entries.length >= most) break;
    const id = name.slice(0, -5);
    if (!QUARANTINE_ID.test(id)) continue;
    const entry = await readNote(join(dir, name));
    if (entry !== null && (entry.isLost === true || (await exists(join(dir, `${id}.native`))))) entries.push(entry);
  }
  return entries.reverse();
}

/** null for a note that was being written, or taken out, at this moment, and for one that is damaged. */
export async function readNote(path: string): Promise<QuarantineEntry | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as QuarantineEntry;
  } catch {
    return null;
  }
}

/** Whether something is there, readable or not. */
export async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

/** The segment file that an entry's bytes come from; null for rows that storage refused. */
export function segmentOf({ table, source, reason }: QuarantineEntry): SegmentName | null {
  if (table !== null) return null;
  // Notes of older versions name the file in the reason alone.
  const name = source ?? reason.slice(reason.lastIndexOf(' ') + 1);
  // The id of an earlier entry, and the position of a part, may follow it.
  return parseSegmentName(name.replace(/(\+[\dA-Za-z-]*)?(\.\d+)?$/, ''));
}

/** What someone who looks at the quarantine is shown of an entry. */
export function itemOf(entry: QuarantineEntry): QuarantineItem {
  const segment = segmentOf(entry);
  const table = entry.table ?? segment?.table ?? null;
  const { id, at, rows, bytes, reason, isLost = false } = entry;
  return {
    id,
    at,
    signal: table === 'spans' ? 'spans' : table === 'logs' || table === 'open_steps' ? 'logs' : null,
    rows,
    bytes,
    reason,
    canRetry: !isLost && (entry.table !== null || isReadableNow(entry, segment)),
    isLost,
  };
}

/** A damaged record of today's version stays damaged; one that an older reader called so may be sound. */
function isReadableNow({ reason }: QuarantineEntry, segment: SegmentName | null): boolean {
  if (segment === null || layoutsOfFile(segment.version) === null) return false;
  return !(segment.version === FRAME_VERSION && reason.startsWith('damaged_record'));
}
