// One active detector: beside the embedded engine by its lock, on a server by a claim in the journal that is renewed
// with each tick. The server has no compare-and-set, so for the length of one append two may both believe they hold it;
// docs/decisions/0064 says what happens then.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '#storage/database';
import { appendJournal } from '#storage/journal';
import type { Claim } from '#storage/journal-shapes';
import { readClaims } from '#storage/read-claims';

/** Longer than a slow tick; a detector that died is replaced after this. */
const LEASE_MS = 180_000;

export type Held = { readonly isHeld: true; readonly fence: number } | { readonly isHeld: false; readonly by: Claim };

export interface Claimant {
  /** Takes or renews the claim. @throws StorageError */
  hold(nowMs: number): Promise<Held>;
  /** Gives it back, so that the next one need not wait. Never throws. */
  release(nowMs: number): Promise<void>;
}

export function createClaimant(
  db: Database,
  projectId: string,
  owner: string = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
): Claimant {
  if (db.engine === 'chdb') return { hold: async () => ({ isHeld: true, fence: 0 }), release: async () => undefined };
  let mine: Claim | null = null;
  const write = (claim: Claim, nowMs: number) => appendJournal(db, projectId, nowMs, [{ kind: 'claim', claim }]);
  return {
    async hold(nowMs) {
      const before = await readClaims(db, projectId);
      const holder = holderOf(before, nowMs);
      if (holder !== null && holder.owner !== owner) return { isHeld: false, by: holder };
      const highest = Math.max(0, ...before.map(({ fence }) => fence));
      const isMine = holder !== null && mine !== null && mine.fence === holder.fence;
      mine = { owner, fence: isMine ? holder.fence : highest + 1, untilMs: nowMs + LEASE_MS };
      await write(mine, nowMs);
      // Who wrote at the same time is seen now: the higher fence holds, then the smaller name.
      const after = holderOf(await readClaims(db, projectId), nowMs);
      return after === null || after.owner === owner
        ? { isHeld: true, fence: mine.fence }
        : { isHeld: false, by: after };
    },
    async release(nowMs) {
      if (mine === null) return;
      await write({ ...mine, untilMs: nowMs }, nowMs).catch(() => undefined);
      mine = null;
    },
  };
}

/** Who may judge: of the claims that have not run out the one with the highest fence. Pure. */
export function holderOf(claims: readonly Claim[], nowMs: number): Claim | null {
  const valid = claims.filter(({ untilMs }) => untilMs > nowMs);
  return valid.sort((a, b) => b.fence - a.fence || (a.owner < b.owner ? -1 : 1))[0] ?? null;
}
