// For how long a process that ends may be held for its last spans: by all that holds it together under half a second, and
// not at all when nothing is expected to answer.

/** For how long a process that ends is held when nothing else is set: half a second, with a reserve. */
export const DEFAULT_LAST_SEND_MS = 400;
/** So long after the last try that reached nothing, nothing is expected to be there. */
const AWAY_MS = 10_000;
const TICK_MS = 20;

export class EndBudget {
  readonly #lastSendMs: number;
  /** On the clock of performance.now(); null when something has answered since. */
  #awaySinceMs: number | null = null;
  /** For how long the process was held in vain, and until when. One that went on for a while may be held again. */
  #held = { ms: 0, untilMs: 0 };

  /** @param lastSendMs for how long a process may be held altogether */
  constructor(lastSendMs: number) {
    this.#lastSendMs = lastSendMs;
  }

  /** After every try to reach the receiver. */
  noteContact(isReached: boolean): void {
    this.#awaySinceMs = isReached ? null : performance.now();
  }

  /** Milliseconds; 0 or less = not to be held. */
  leftMs(): number {
    const nowMs = performance.now();
    if (this.#awaySinceMs !== null && nowMs - this.#awaySinceMs < AWAY_MS) return 0;
    return this.#lastSendMs - this.#heldBefore(nowMs);
  }

  /** The process was held since then; in vain when something is left unsent. */
  spend(sinceMs: number, isInVain: boolean): void {
    const untilMs = performance.now();
    this.#held = { ms: isInVain ? this.#heldBefore(untilMs) + untilMs - sinceMs : 0, untilMs };
  }

  #heldBefore(nowMs: number): number {
    return nowMs - this.#held.untilMs < AWAY_MS ? this.#held.ms : 0;
  }
}

/** Waits for the work and keeps the process alive, until the deadline at most. Never rejects: what failed is counted. */
export async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await settled(work, deadline);
  clearTimeout(timer);
}

/** As `within`, but time in which this process gets no turn counts little: a busy machine must not cost the spans. */
export async function withinTurns(budgetMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let ticks = Math.ceil(budgetMs / TICK_MS);
  const deadline = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      ticks -= 1;
      if (ticks <= 0) resolve();
    }, TICK_MS);
  });
  await settled(work, deadline);
  clearInterval(timer);
}

const settled = (...work: Promise<void>[]): Promise<void> => Promise.race(work).catch(() => undefined);
