// How long a process that ends may be held for its last spans: under half a second in total, and not at all when the
// receiver is not expected to answer.

/** How long a process that ends is held by default: half a second, less a reserve. */
export const DEFAULT_LAST_SEND_MS = 400;
/** For this long after a failed attempt the receiver is expected to be unreachable. */
const AWAY_MS = 10_000;
const TICK_MS = 20;

export class EndBudget {
  readonly #lastSendMs: number;
  /** By performance.now(); null when the receiver has answered since. */
  #awaySinceMs: number | null = null;
  /** How long the process was held in vain, and until when. A process that continued for a while may be held again. */
  #held = { ms: 0, untilMs: 0 };

  /** @param lastSendMs how long a process may be held in total */
  constructor(lastSendMs: number) {
    this.#lastSendMs = lastSendMs;
  }

  /** Called after every attempt to reach the receiver. */
  noteContact(isReached: boolean): void {
    this.#awaySinceMs = isReached ? null : performance.now();
  }

  /** Milliseconds; 0 or less = the process may not be held. */
  leftMs(): number {
    const nowMs = performance.now();
    if (this.#awaySinceMs !== null && nowMs - this.#awaySinceMs < AWAY_MS) return 0;
    return this.#lastSendMs - this.#heldBefore(nowMs);
  }

  /** Records that the process was held since then; in vain when spans are left unsent. */
  spend(sinceMs: number, isInVain: boolean): void {
    const untilMs = performance.now();
    this.#held = { ms: isInVain ? this.#heldBefore(untilMs) + untilMs - sinceMs : 0, untilMs };
  }

  #heldBefore(nowMs: number): number {
    return nowMs - this.#held.untilMs < AWAY_MS ? this.#held.ms : 0;
  }
}

/** Waits for the work and keeps the process alive, until the deadline at most. Never rejects: failures are counted. */
export async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await settled(work, deadline);
  clearTimeout(timer);
}

/** As `within`, but time without CPU for this process counts little: a busy machine must not cost spans. */
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
