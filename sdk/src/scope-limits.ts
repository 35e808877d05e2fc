// The limits and stop conditions of a run.
import type { DecisionFacts } from './escalation-context.ts';

/** How much a run may do. Reaching a limit stops it before the next step; time stops it at once. */
export interface Limits {
  /** Calls of tools, models and other agents, searches and decisions, retries included. */
  steps?: number | undefined;
  /** US dollars: what `spend` and `setUsage({ costUsd })` report, and what tokens cost by the agent's `prices`. */
  costUsd?: number | undefined;
  /** Milliseconds from start to end, waits for a person's answer included. At most 24 days. */
  timeMs?: number | undefined;
}

/** The progress of a run, as stop conditions see it. */
export interface RunState {
  readonly steps: number;
  readonly costUsd: number;
  readonly elapsedMs: number;
  /** The last decisions, oldest first, at most 100. */
  readonly decisions: readonly DecisionFacts[];
  /** The steps so far as `kind name`, oldest first, at most 100. */
  readonly lastSteps: readonly string[];
}

/** Stop conditions by their description in plain words, which is recorded, shown and part of the scope document. */
export type StopConditions = Readonly<Record<string, (state: RunState) => boolean>>;
