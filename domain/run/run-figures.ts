// The figures of the runs of a period, for a digest.
import type { SummedUp } from './summarize-run.ts';

/** A run that could not be read. */
export interface UnreadRun {
  readonly traceId: string;
  readonly error: unknown;
}

export interface RunFigures {
  readonly runs: number;
  readonly failed: number;
  readonly stalled: number;
  readonly running: number;
  readonly p95DurationMs: number | null;
  readonly costUsd: number | null;
  readonly runsOfUnknownCost: number;
  readonly spans: number;
  readonly lateSpans: number;
  /** Dearest first; '' is no agent. */
  readonly costByAgent: readonly (readonly [agent: string, costUsd: number])[];
  /** Trace ids, the most striking first, at most three each. */
  readonly dearest: readonly string[];
  readonly longest: readonly string[];
  /** Failed; those that were handed over come first. */
  readonly worst: readonly string[];
  readonly handedOver: readonly string[];
  /** Runs that have not ended, as their processes say. */
  readonly open: readonly SummedUp[];
  /** Runs of which it cannot be said whether they have ended. */
  readonly unread: readonly UnreadRun[];
}

/** Of a period without runs. */
export const NO_RUN_FIGURES: RunFigures = {
  runs: 0,
  failed: 0,
  stalled: 0,
  running: 0,
  p95DurationMs: null,
  costUsd: null,
  runsOfUnknownCost: 0,
  spans: 0,
  lateSpans: 0,
  costByAgent: [],
  dearest: [],
  longest: [],
  worst: [],
  handedOver: [],
  open: [],
  unread: [],
};
