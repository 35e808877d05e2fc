// What storage offers to the other modules: narrow interfaces, each about one thing, with its contract in prose.
import type { Database } from './database.ts';
import { type PatternStore, patternStore } from './pattern-store.ts';
import { type RunStore, runStore } from './run-store.ts';
import { type TraceStore, traceStore } from './trace-store.ts';

export type { PatternStore } from './pattern-store.ts';
export type { RunStore } from './run-store.ts';
export type { TraceStore } from './trace-store.ts';

/** Under the names by which callers ask for the ones they need. */
export interface Stores {
  readonly traces: TraceStore;
  readonly runs: RunStore;
  readonly patterns: PatternStore;
}

/** The stores of a project. Opens nothing and holds nothing: `db` is open before and is closed by its owner. */
export function openStores(db: Database, projectId: string): Stores {
  return { traces: traceStore(db, projectId), runs: runStore(db, projectId), patterns: patternStore(db, projectId) };
}
