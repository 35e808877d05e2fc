// Writes spans: one block, all or nothing.
import type { Database } from './database.ts';
import type { SpanBlock } from './span-block.ts';

/**
 * Inserts the block and resolves when it is committed, materialised views included. The block may be cleared then.
 * A span that is stored already is stored again and counted once by every reader.
 * @throws StorageError; nothing of the block is stored then
 */
export async function writeSpans(db: Database, block: SpanBlock): Promise<void> {
  if (block.rows > 0) await db.insertNative('spans', block.encode());
}
