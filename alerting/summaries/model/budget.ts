// The daily cap on what models cost. Money is set aside before a call, at the most it may come to, and counted in storage,
// so that a restart or a second process knows it too; afterwards the true sum replaces it.
import { randomUUID } from 'node:crypto';
import type { Database } from '#storage/database';
import { type CallEnd, type ModelCall, noteModelCall, noteUsedUp, readSpent } from '#storage/model-calls';

/** US dollars per million tokens, which is millionths of a dollar per token. */
export interface ModelPrice {
  readonly inputUsd: number;
  readonly outputUsd: number;
}

export interface BudgetDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly dailyUsd: number;
  readonly price: ModelPrice;
  readonly now: () => number;
}

export interface Reservation {
  /** What was set aside, millionths of a dollar. */
  readonly microUsd: number;
  /** Puts what the call came to in place of what was set aside. @returns millionths of a dollar */
  settle(end: Omit<CallEnd, 'microUsd'> & { readonly mayHaveCost: boolean }): Promise<number>;
}

export interface Budget {
  /** Sets aside the most that a call may cost; null when the day's money does not suffice. @throws StorageError */
  reserve(
    call: Omit<ModelCall, 'callId' | 'day'>,
    most: { tokensIn: number; tokensOut: number },
  ): Promise<Reservation | null>;
  /** What is spent or set aside today, US dollars, as last read. */
  spentUsd(): number;
  /** The last call that was wanted today did not fit. */
  isAtCap(): boolean;
}

const MICRO = 1_000_000;
/** The day that a time counts for: UTC, so that no zone and no summer time has a say in it. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Millionths of a dollar, rounded up. */
export const microUsdOf = (price: ModelPrice, tokensIn: number, tokensOut: number): number =>
  Math.ceil(tokensIn * price.inputUsd + tokensOut * price.outputUsd);

export function createBudget({ db, projectId, dailyUsd, price, now }: BudgetDeps): Budget {
  const capMicroUsd = Math.floor(dailyUsd * MICRO);
  let spent = { day: '', microUsd: 0 };
  let fullDay = '';
  let notedDay = '';
  // One at a time within this process, so that callers do not refuse each other.
  let line: Promise<unknown> = Promise.resolve();
  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    const done = line.then(work, work);
    line = done.catch(() => undefined);
    return done;
  };
  /** For the digest of that day, which another process may write; once is enough. */
  const noteFull = async (call: Omit<ModelCall, 'callId'>) => {
    if (notedDay === call.day) return;
    await noteUsedUp(db, projectId, now(), call);
    notedDay = call.day;
  };
  const reserve: Budget['reserve'] = async (wanted, most) => {
    const day = dayOf(now());
    const microUsd = microUsdOf(price, most.tokensIn, most.tokensOut);
    const call: ModelCall = { ...wanted, day, callId: randomUUID() };
    const before = await readSpent(db, projectId, day);
    spent = { day, microUsd: before };
    fullDay = before + microUsd > capMicroUsd ? day : '';
    if (fullDay === day) {
      await noteFull({ ...wanted, day });
      return null;
    }
    const settle: Reservation['settle'] = async ({ mayHaveCost, ...end }) => {
      const known = end.tokensIn !== null && end.tokensOut !== null;
      // A call that may have been billed and does not say for what keeps what was set aside.
      const cost = known ? microUsdOf(price, end.tokensIn ?? 0, end.tokensOut ?? 0) : mayHaveCost ? microUsd : 0;
      await noteModelCall(db, projectId, now(), call, { step: 'settled', end: { ...end, microUsd: cost } });
      if (spent.day === day) spent = { day, microUsd: spent.microUsd - microUsd + cost };
      return cost;
    };
    const nothing = { tokensIn: null, tokensOut: null };
    await noteModelCall(db, projectId, now(), call, {
      step: 'reserved',
      end: { ...nothing, microUsd, outcome: 'reserved' },
    });
    // Another process may have set aside at the same time: both look again, and who finds too much gives back.
    const after = await readSpent(db, projectId, day);
    spent = { day, microUsd: after };
    if (after <= capMicroUsd) return { microUsd, settle };
    fullDay = day;
    await settle({ ...nothing, outcome: 'given_back', mayHaveCost: false });
    await noteFull({ ...wanted, day });
    return null;
  };
  return {
    reserve: (wanted, most) => inLine(() => reserve(wanted, most)),
    spentUsd: () => (spent.day === dayOf(now()) ? spent.microUsd / MICRO : 0),
    isAtCap: () => fullDay === dayOf(now()),
  };
}
