// Long work on the thread that acknowledges spans is done in turns of a few milliseconds, with everything else that
// waits let in between.
import { setImmediate } from 'node:timers/promises';

/** An acknowledgement waits for one turn of each reader that is at work, and for its own disk. */
const TURN_MS = 5;

export interface Turns {
  /** Whether the turn is over: then `next` is to be awaited. */
  isOver(): boolean;
  next(): Promise<void>;
}

export function createTurns(turnMs = TURN_MS, clockMs: () => number = () => performance.now()): Turns {
  let startMs = clockMs();
  return {
    isOver: () => clockMs() - startMs >= turnMs,
    async next() {
      await setImmediate();
      startMs = clockMs();
    },
  };
}

/** Does work that yields where it may be interrupted. */
export async function inTurns<T>(work: Generator<void, T>): Promise<T> {
  const turns = createTurns();
  for (;;) {
    const turn = work.next();
    if (turn.done === true) return turn.value;
    if (turns.isOver()) await turns.next();
  }
}

/** As `items.map(change)`. @param aFew how many items are done before the clock is looked at */
export async function mapInTurns<T, U>(items: readonly T[], change: (item: T) => U, aFew = 64): Promise<U[]> {
  const turns = createTurns();
  const changed: U[] = [];
  for (let i = 0; i < items.length; i++) {
    changed.push(change(items[i] as T));
    if (i % aFew === 0 && turns.isOver()) await turns.next();
  }
  return changed;
}
