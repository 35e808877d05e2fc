// Work in slices: it rests every few milliseconds, so that others are served meanwhile.
import type { Steps } from './walk-request.ts';

/** How long one slice may block the event loop. */
const SLICE_MS = 10;

/** When a slice ends, and what happens until the next one. */
export interface Slicing {
  /** Called at the beginning of each slice. Returns a function that says after each step whether the slice is over. */
  begin(): () => boolean;
  /** Resolves when the next slice may begin. */
  rest(): Promise<void>;
}

/** Slices of a few milliseconds, one per turn of the event loop. */
export const timeSlices: Slicing = {
  begin() {
    const untilMs = performance.now() + SLICE_MS;
    return () => performance.now() > untilMs;
  },
  rest: () => new Promise((resolve) => setImmediate(resolve)),
};

export function runAtOnce(steps: Steps): void {
  while (steps.next().done !== true);
}

/** @param afterStep called after each step, before the slice may end */
export async function runInSlices(steps: Steps, slicing = timeSlices, afterStep = () => {}): Promise<void> {
  for (;;) {
    const isOver = slicing.begin();
    do {
      if (steps.next().done === true) return;
      afterStep();
    } while (!isOver());
    await slicing.rest();
  }
}
