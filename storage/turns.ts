// Long work on the thread that acknowledges spans is done in turns of a few milliseconds. All of it takes turns from one
// line: one turn per round of the event loop, however many readers there are, since an acknowledgement needs several
// rounds.

const TURN_MS = 3;

const line: (() => void)[] = [];
let isScheduled = false;
let turnStartMs = 0;

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    turnStartMs = performance.now();
    line.shift()?.();
    if (line.length > 0) schedule();
  });
}

/** Whether the turn is over: then `nextTurn` is to be awaited. Work that has just begun has none yet. */
export const isTurnOver = (): boolean => performance.now() - turnStartMs >= TURN_MS;

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    line.push(resolve);
    schedule();
  });
}

/** Does work that yields where it may be interrupted. */
export async function inTurns<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    if (isTurnOver()) await nextTurn();
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** As `items.map(change)`. @param aFew how many items are done before the clock is read */
export async function mapInTurns<T, U>(items: readonly T[], change: (item: T) => U, aFew = 32): Promise<U[]> {
  const changed: U[] = [];
  for (const [i, item] of items.entries()) {
    if (i % aFew === 0 && isTurnOver()) await nextTurn();
    changed.push(change(item));
  }
  return changed;
}
