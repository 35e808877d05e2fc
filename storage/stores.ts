// What storage offers to the other modules: five narrow interfaces, each with its contract in prose. What people set, and
// what must be saved together (settings, incidents, deliveries, claims), is beside them (decision 0098).
import type { Database } from './database.ts';
import { type DigestStore, digestStore } from './digest-store.ts';
import { type MeasureStore, measureStore } from './measure-store.ts';
import { type PatternStore, patternStore } from './pattern-store.ts';
import { type RunStore, runStore } from './run-store.ts';
import { type TraceStore, traceStore } from './trace-store.ts';

export type { DigestStore, MeasureStore, PatternStore, RunStore, TraceStore };

/** Under the names by which callers ask for the ones they need. */
export interface Stores {
  readonly traces: TraceStore;
  readonly runs: RunStore;
  readonly patterns: PatternStore;
  readonly measures: MeasureStore;
  readonly digests: DigestStore;
}

/** The stores of a project. Opens nothing and holds nothing: `db` is open before and is closed by its owner. */
export function openStores(db: Database, projectId: string): Stores {
  return {
    traces: traceStore(db, projectId),
    runs: runStore(db, projectId),
    patterns: patternStore(db, projectId),
    measures: measureStore(db, projectId),
    digests: digestStore(db, projectId),
  };
}
