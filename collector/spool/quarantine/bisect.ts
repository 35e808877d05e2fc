// Finds the rows that storage refuses for good: blocks first, then halves, until every bad row is isolated and the
// others are inserted. It ends after so many refusals: what is not decided by then is quarantined whole. Can be begun
// again: rows are decided in their order in the file, and every part is named by its bytes, which storage takes once.
import { StorageError } from '#storage/database';
import { BlockError, type ReadBlock, sliceBlock, tryReadBlock } from '#storage/native/slice-block';

export interface BadRows {
  /** Native blocks of the rows. */
  readonly bytes: Buffer;
  /** 0 when the bytes cannot be read as rows of this version. */
  readonly rows: number;
  readonly error: unknown;
  /** Which rows of which segment: the same rows have the same source. */
  readonly source: string;
}

/** How far it is: every row before this place is inserted or quarantined. Kept by the caller, for another try. */
export interface BisectProgress {
  /** Where the block begins in the file. */
  blockAt: number;
  /** The first row of the block that is not decided. */
  row: number;
  /**
   * The ends of the parts of this block that are still to be tried, the next one last; each begins where the one after
   * it in this list ends. Empty = the block was not begun. A part whose insert has an unknown outcome comes again as it was.
   */
  readonly ends: number[];
  refusals: number;
  lastRefusal: StorageError | null;
  insertedRows: number;
  quarantinedRows: number;
}

export const startOfBisect = (): BisectProgress => ({
  blockAt: 0,
  row: 0,
  ends: [],
  refusals: 0,
  lastRefusal: null,
  insertedRows: 0,
  quarantinedRows: 0,
});

export interface BisectDeps {
  /** Inserts one block, once however often it is called with the same bytes. */
  readonly insert: (part: Buffer) => Promise<void>;
  readonly quarantine: (bad: BadRows) => Promise<void>;
}

/** A segment of 64,000 bad rows would otherwise take 128,000 inserts, with everything behind it waiting. */
export const MAX_REFUSALS = 200;

/**
 * @param bytes Native blocks, one after the other
 * @param segment names the bytes, for the sources of bad rows; and how many rows they hold
 * @param progress where to begin; moved on as rows are decided
 * @throws what `insert` or `quarantine` throws when that is no refusal of the rows; to be called again with `progress`
 */
export async function bisect(
  bytes: Buffer,
  segment: { readonly token: string; readonly rows: number },
  progress: BisectProgress,
  { insert, quarantine }: BisectDeps,
): Promise<void> {
  const keep = async (bad: Omit<BadRows, 'source'>, place: string) => {
    await quarantine({ ...bad, source: `${segment.token}:${progress.blockAt}:${place}` });
    progress.quarantinedRows += bad.rows;
  };
  const left = () => Math.max(0, segment.rows - progress.insertedRows - progress.quarantinedRows);
  let block: ReadBlock | BlockError | null = null;
  while (progress.blockAt < bytes.length) {
    block ??= tryReadBlock(bytes, progress.blockAt);
    if (block instanceof BlockError) {
      // Checksums held, so this is a block of a version that wrote other types: kept whole, to be looked at.
      await keep({ bytes: bytes.subarray(progress.blockAt), rows: left(), error: block }, '');
      progress.blockAt = bytes.length;
    } else if (progress.refusals >= MAX_REFUSALS) {
      const rest = Buffer.concat([sliceBlock(block, progress.row, block.rows), bytes.subarray(block.end)]);
      await keep({ bytes: rest, rows: left(), error: givenUp(progress.lastRefusal) }, `${progress.row}-`);
      progress.blockAt = bytes.length;
    } else {
      if (progress.ends.length === 0) progress.ends.push(block.rows);
      await decidePart(block, progress, insert, keep);
      if (progress.row < block.rows) continue;
      progress.blockAt = block.end;
      progress.row = 0;
      progress.ends.length = 0;
      block = null;
    }
  }
}

/** Tries the next part of the block: it is inserted, or quarantined, or halved. */
async function decidePart(
  block: ReadBlock,
  progress: BisectProgress,
  insert: BisectDeps['insert'],
  keep: (bad: Omit<BadRows, 'source'>, place: string) => Promise<void>,
): Promise<void> {
  const from = progress.row;
  const to = progress.ends.at(-1) as number;
  const part = sliceBlock(block, from, to);
  try {
    await insert(part);
    progress.insertedRows += to - from;
  } catch (error) {
    if (!(error instanceof StorageError) || !error.refusesData) throw error;
    if (to - from === 1) await keep({ bytes: part, rows: 1, error }, `${from}-${to}`);
    progress.refusals++;
    progress.lastRefusal = error;
    if (to - from > 1) {
      progress.ends.push((from + to) >> 1);
      return;
    }
  }
  progress.row = to;
  progress.ends.pop();
}

const givenUp = (last: StorageError | null): Error =>
  new Error(
    `storage refused ${MAX_REFUSALS} parts of this segment, so the rest was not tried row by row; the last refusal: ${last?.message}`,
  );
