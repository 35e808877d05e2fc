// A bound on how long a request may wait for its answer.

/**
 * The result of `work`, or the error of `late` after `ms`: an answer that comes after the sender gave up is of no use to it.
 * The work itself goes on; what it stores is stored, and the same spans sent again count once.
 * @throws the error of `late`, or what `work` throws
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
