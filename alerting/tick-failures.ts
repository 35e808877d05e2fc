// What this tick and earlier ticks set aside: each is tried again at every tick, so what is not among the failures of a
// tick works again.
import type { Database } from '#storage/database';
import {
  type Failure,
  RETRY_EACH_TICK,
  readOpenSetAside,
  reasonOf,
  recordSetAside,
  type SetAsideItem,
} from '#storage/set-aside';

/** Each costs a statement that fails, so a tick tries so many of those that failed before, the longest waiting first. */
const RETRIES_A_TICK = 50;

/** What an item of the detector's queue is about; `KIND:NAME` is its key. */
export type FailureKind = 'pattern' | 'patterns' | 'rule' | 'incident' | 'setting' | 'notification' | 'cause';

export interface TickFailures {
  /**
   * Remembers that the tick goes on without it.
   * @param what a sentence that says what is not done, without full stop
   * @param sinceMs errors from then on were not evaluated, ms since 1970; default: now
   */
  add(kind: FailureKind, name: string, what: string, error: unknown, sinceMs?: number): void;
  /** It has not been tried, because it is not due: whether it works is not known. */
  wait(kind: FailureKind, name: string): void;
  /** Names of this kind that failed before and are tried now. */
  before(kind: FailureKind): string[];
  /** Since when something fails that is still to be tried, ms since 1970; null = nothing. */
  sinceMs(kind: FailureKind): number | null;
  /** Since when one of them fails. */
  sinceMsOf(kind: FailureKind, name: string): number | null;
  /** Records what failed of the kinds, before the cursor passes it. @throws StorageError */
  saveFailed(nowMs: number, kinds: readonly FailureKind[]): Promise<void>;
  /** Records what works again of the kinds, after `saveFailed` and once what came of it is kept. @throws StorageError */
  saveDone(nowMs: number, kinds: readonly FailureKind[]): Promise<void>;
  /** How many are set aside after `saveFailed`. */
  count(): number;
}

/** @throws StorageError */
export async function openFailures(db: Database, projectId: string): Promise<TickFailures> {
  const open = await readOpenSetAside(db, projectId, 'detector');
  const failed = new Map<string, Failure>();
  const works = new Set<string>();
  const waiting = new Set<string>();
  const ofKind = (kind: FailureKind): SetAsideItem[] =>
    [...open.values()].filter(({ item }) => item.startsWith(`${kind}:`));
  const tried = (kind: FailureKind): SetAsideItem[] => ofKind(kind).slice(0, RETRIES_A_TICK);
  const nameOf = (item: string) => item.slice(item.indexOf(':') + 1);
  return {
    add(kind, name, what, error, sinceMs) {
      const item = `${kind}:${name}`;
      failed.set(item, {
        item,
        reason: `${what}: ${reasonOf(error)} It is tried again each minute.`,
        ...(sinceMs === undefined ? {} : { sinceMs }),
      });
    },
    wait: (kind, name) => void waiting.add(`${kind}:${name}`),
    before: (kind) => tried(kind).map(({ item }) => nameOf(item)),
    sinceMs: (kind) => ofKind(kind).reduce<number | null>((min, { firstAtMs: ms }) => Math.min(min ?? ms, ms), null),
    sinceMsOf: (kind, name) => open.get(`${kind}:${name}`)?.firstAtMs ?? null,
    async saveFailed(nowMs, kinds) {
      const isWanted = (item: string) => kinds.some((kind) => item.startsWith(`${kind}:`));
      const now = [...failed.values()].filter(({ item }) => isWanted(item));
      for (const item of kinds.flatMap((kind) => tried(kind).map(({ item }) => item)))
        if (!failed.has(item) && !waiting.has(item)) works.add(item);
      await recordSetAside(db, projectId, 'detector', nowMs, { failed: now }, RETRY_EACH_TICK);
    },
    async saveDone(nowMs, kinds) {
      const done = [...works].filter((item) => kinds.some((kind) => item.startsWith(`${kind}:`)));
      await recordSetAside(db, projectId, 'detector', nowMs, { done }, RETRY_EACH_TICK);
    },
    count: () => new Set([...[...open.keys()].filter((item) => !works.has(item)), ...failed.keys()]).size,
  };
}
