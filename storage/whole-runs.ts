// Reads of whole runs: two at a time, whoever asks, and the same read once for all who ask for it meanwhile. A run may
// have a million spans; every read of one takes memory, a connection and the thread that acknowledges spans.
import { TelltaleError } from '#domain/errors';
import type { Database } from './database.ts';

/** The embedded engine has three connections for reads: one is left for everything else. */
export const WHOLE_RUNS_AT_ONCE = 2;
/** Reads that wait in line; one more is refused. */
export const WHOLE_RUNS_WAITING = 100;
const RETRY_AFTER_S = 5;

export interface WholeRuns {
  /**
   * Waits for its turn, in order of asking, and works. Never within another turn: two of them would wait for each other.
   * @throws TelltaleError readers_busy when too many wait
   */
  inLine<T>(work: () => Promise<T>): Promise<T>;
  /** Whoever asks for the same while it is being read gets the same answer. @param key names what is read */
  shared<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** What is at work and what waits at this moment, and the most that were at work at once since the start. */
  readonly counts: { readonly working: number; readonly waiting: number; readonly mostWorking: number };
}

export function createWholeRuns(atOnce = WHOLE_RUNS_AT_ONCE, mayWait = WHOLE_RUNS_WAITING): WholeRuns {
  const line: (() => void)[] = [];
  const open = new Map<string, Promise<unknown>>();
  let working = 0;
  let mostWorking = 0;
  const enter = async () => {
    if (working >= atOnce) {
      if (line.length >= mayWait) {
        throw new TelltaleError('readers_busy', `${line.length} reads of whole runs wait already.`, {
          retryAfterS: RETRY_AFTER_S,
        });
      }
      // Whoever leaves hands over the place, so that nobody who comes meanwhile takes it.
      await new Promise<void>((resolve) => line.push(resolve));
    } else working++;
    mostWorking = Math.max(mostWorking, working);
  };
  const leave = () => {
    const next = line.shift();
    if (next === undefined) working--;
    else next();
  };
  return {
    async inLine(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
    shared<T>(key: string, work: () => Promise<T>) {
      const known = open.get(key) as Promise<T> | undefined;
      if (known !== undefined) return known;
      const mine = work().finally(() => open.delete(key));
      open.set(key, mine);
      return mine;
    },
    get counts() {
      return { working, waiting: line.length, mostWorking };
    },
  };
}

const ofDatabase = new WeakMap<Database, WholeRuns>();

/** The line of this engine. */
export function wholeRunsOf(db: Database): WholeRuns {
  const known = ofDatabase.get(db);
  if (known !== undefined) return known;
  const made = createWholeRuns();
  ofDatabase.set(db, made);
  return made;
}
