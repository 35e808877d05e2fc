// Closes what was opened, in the opposite order.

export interface Closeable {
  close(): Promise<void>;
}

/**
 * Closes every part, the last one first, each once the one before it is closed: storage was opened first and holds the
 * data directory, so no part that fails may leave it open.
 * @throws AggregateError when some could not be closed
 */
export async function closeAll(opened: readonly Closeable[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of opened.toReversed()) {
    try {
      await part.close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'not every part could be closed');
}
