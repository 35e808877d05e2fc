// The rule that works unconfigured: ten similar errors in thirty minutes.

const MINUTE_MS = 60_000;

export interface Rule {
  /** Errors that make a pattern. */
  readonly threshold: number;
  /** They must fit into this much time; exactly this much still counts. */
  readonly windowMs: number;
  /** An episode ends when fewer than this many errors were in the window ... */
  readonly recoverBelow: number;
  /** ... without a break for this long. */
  readonly recoverAfterMs: number;
}

export const DEFAULT_RULE: Rule = {
  threshold: 10,
  windowMs: 30 * MINUTE_MS,
  recoverBelow: 5,
  recoverAfterMs: 15 * MINUTE_MS,
};
