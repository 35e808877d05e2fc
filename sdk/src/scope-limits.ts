// How much a run may do, and when it is to stop.
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

/** How far a run is: what stop conditions look at. */
export interface RunState {
  readonly steps: number;
  readonly costUsd: number;
  readonly elapsedMs: number;
  /** The last decisions, oldest first, at most 100. */
  readonly decisions: readonly DecisionFacts[];
  /** The steps so far as `kind name`, oldest first, at most 100. */
  readonly lastSteps: readonly string[];
}

/** Stop conditions by what they mean in plain words: the words are recorded, shown and put into the scope document. */
export type StopConditions = Readonly<Record<string, (state: RunState) => boolean>>;
