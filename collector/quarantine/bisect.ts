// Finds the rows that storage refuses for good: blocks first, then halves, until every bad row stands alone and all the
// others are inserted. Can be repeated: every part is named by its bytes, and storage takes a part once.
import { StorageError } from '#storage/database';
import { BlockError, type ReadBlock, readBlock, sliceBlock } from '#storage/native/slice-block';

export interface BadRows {
  /** A Native block of the rows. */
  readonly bytes: Buffer;
  readonly rows: number;
  readonly error: unknown;
}

export interface Bisected {
  readonly insertedRows: number;
  readonly bad: readonly BadRows[];
}

/**
 * @param bytes Native blocks, one after the other
 * @param insert inserts one block, once however often it is called with the same bytes
 * @throws what `insert` throws when that is no refusal of the rows: nothing is known then, and all may be repeated
 */
export async function bisect(bytes: Buffer, insert: (part: Buffer) => Promise<void>): Promise<Bisected> {
  const bad: BadRows[] = [];
  let insertedRows = 0;

  const insertRows = async (block: ReadBlock, from: number, to: number): Promise<void> => {
    const part = sliceBlock(block, from, to);
    try {
      await insert(part);
      insertedRows += to - from;
    } catch (error) {
      if (!(error instanceof StorageError) || !error.refusesData) throw error;
      if (to - from === 1) {
        bad.push({ bytes: part, rows: 1, error });
        return;
      }
      const middle = (from + to) >> 1;
      await insertRows(block, from, middle);
      await insertRows(block, middle, to);
    }
  };

  for (let at = 0; at < bytes.length; ) {
    let block: ReadBlock;
    try {
      block = readBlock(bytes, at);
    } catch (error) {
      if (!(error instanceof BlockError)) throw error;
      // Checksums held, so this is a block of a version that wrote other types: kept whole, to be looked at.
      bad.push({ bytes: bytes.subarray(at), rows: 0, error });
      break;
    }
    await insertRows(block, 0, block.rows);
    at = block.end;
  }
  return { insertedRows, bad };
}
