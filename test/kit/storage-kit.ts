// What every engine must do, whichever it is. An engine's test is a few lines: it says how to get an empty store.
import { describe } from 'vitest';
import type { Database } from '#storage/database';
import { describeEngine } from './engine-cases.ts';
import { describeMigrations } from './migration-cases.ts';
import { describeRetention } from './retention-cases.ts';
import { describeRunReading } from './run-cases.ts';
import { describeSizes } from './size-cases.ts';
import { describeSpanReading } from './span-cases.ts';
import { useStore } from './use-store.ts';

export interface Store {
  /** Opens it, or opens it again after `close`. Only one database of the process is open at a time. */
  open(): Promise<Database>;
  /** Removes it, once closed. */
  remove(): Promise<void>;
}

/**
 * @param newStore makes an empty store; called several times, one after the other
 * @param isSlow whether each statement takes long
 */
export function describeStorage(name: string, newStore: () => Promise<Store>, isSlow = false): void {
  describe(name, () => {
    describe('one store', () => {
      const store = useStore(newStore);
      describeRunReading(store);
      describeSpanReading(store);
      describeEngine(store);
      describeSizes(store);
    });
    describeRetention(newStore);
    describeMigrations(newStore, isSlow);
  });
}
