// Work that is done in turns: it yields where it may be interrupted, so that whoever runs it can let others work. Pure.

/** Does all of it now. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const turn = work.next();
    if (turn.done === true) return turn.value;
  }
}
