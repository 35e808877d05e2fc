// Where a page of runs ended: the start and the id of its last run. Both, since two runs may start at the same time.
import { TelltaleError } from '#domain/errors';

/** A place in the order newest first, then by trace id from high to low. */
export interface Position {
  /** Nanoseconds since 1970. */
  readonly startedNs: bigint;
  readonly traceId: string;
}

/** The end of what the table's hours can hold (2106). */
const MAX_NS = 4_294_967_295n * 1_000_000_000n;

export function encodeCursor({ startedNs, traceId }: Position): string {
  return `${startedNs}-${traceId}`;
}

/** @throws TelltaleError bad_request when it is not one of our cursors */
export function decodeCursor(cursor: string): Position {
  const [, started, traceId] = /^(\d{1,19})-([0-9a-f]{32})$/.exec(cursor) ?? [];
  if (started === undefined || traceId === undefined || BigInt(started) > MAX_NS) {
    throw new TelltaleError('bad_request', 'cursor: not a cursor of this list', {
      hint: 'Take nextCursor from the page before as it is, or leave cursor out to start with the newest run.',
    });
  }
  return { startedNs: BigInt(started), traceId };
}
