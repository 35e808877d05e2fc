// A migrated store for one block of cases, in which nothing expires.
import { afterAll, beforeAll } from 'vitest';
import type { Database } from '#storage/database';
import { prepareStore } from '../support/store-template.ts';
import type { Store } from './storage-kit.ts';

export interface OpenStore {
  /** There while tests run. */
  readonly db: Database;
  /** Keeps the cases of one store apart. */
  newProject(): string;
}

/** Call inside `describe`. The database is there from the first test on; a project of its own keeps cases apart. */
export function useStore(newStore: () => Promise<Store>): OpenStore {
  let store: Store;
  let db: Database | undefined;
  let projects = 0;
  beforeAll(async () => {
    store = await newStore();
    db = await store.open();
    await prepareStore(db);
  });
  afterAll(async () => {
    await db?.close();
    await store.remove();
  });
  return {
    get db() {
      if (db === undefined) throw new Error('the store is open only while tests run');
      return db;
    },
    newProject: () => `project-${++projects}`,
  };
}
