// Watches stored data: compares the engine's parts with the ledger at the start, every five minutes and at the
// stop, and counts reads that fail on damaged files.
import type { Logger } from 'pino';
import type { Status } from '#contracts/status';
import { damagedPartOf, isDamage } from '#storage/damage';
import type { Database } from '#storage/database';
import { readLedger, saveLedger } from '#storage/ledger-file';
import { type Damage, damageOf, EMPTY_LEDGER, type Ledger, type Look, lookAt } from '#storage/part-ledger';
import { readStoredParts, type StoredParts } from '#storage/parts';
import { damageWarning } from './damage-words.ts';

const EVERY_MS = 5 * 60_000;
const SHOWN = 20;

export interface LookOptions extends Omit<Look, 'nowMs'> {
  readonly db: Database;
  /** Where the ledger is; null = there is none, and only parts that the engine detached are noticed. */
  readonly dataDir: string | null;
  readonly now: () => number;
}

export interface Looked {
  readonly damage: readonly Damage[];
  readonly ledger: Ledger;
  readonly stored: StoredParts;
  /** Why nothing could be compared although there is a ledger. */
  readonly problem: string | null;
}

/** One check: compares the parts with the ledger, and writes the ledger for the next check. @throws StorageError, or when the ledger cannot be written */
export async function lookAtStoredData({ db, dataDir, now, ...look }: LookOptions): Promise<Looked> {
  const known = dataDir === null ? { ledger: EMPTY_LEDGER, problem: null } : await readLedger(dataDir);
  const stored = await readStoredParts(db);
  const ledger = lookAt(known.ledger, stored, { ...look, nowMs: now() });
  if (dataDir !== null && stored.tables.length > 0) await saveLedger(dataDir, ledger);
  return { damage: damageOf(ledger, stored), ledger, stored, problem: known.problem };
}

export interface StoredData {
  /** The database, with its reads watched. */
  readonly db: Database;
  status(): Status['storedData'];
  /** What is damaged and what to do; null = no known damage. */
  warning(): string | null;
  /** A last check. */
  close(): Promise<void>;
}

/**
 * Checks once, logs what is damaged, and keeps checking. A check that fails is logged and repeated; it stops nothing.
 * @param options `onDisk` for the first check
 */
export async function watchStoredData(
  options: LookOptions & { readonly log: Pick<Logger, 'warn' | 'error'> },
): Promise<StoredData> {
  const { db, log, now } = options;
  let damage: readonly Damage[] = [];
  let checkedAt: string | null = null;
  let said: string | null = null;
  const failedReads = { count: 0, part: null as string | null };
  const warning = () => damageWarning(damage, failedReads);
  /** Each change of the known damage is logged once. */
  const say = () => {
    const sentence = warning();
    if (sentence !== said && sentence !== null) log.error({ damage: damage.slice(0, SHOWN) }, sentence);
    said = sentence;
  };
  const look = async (onDisk: Look['onDisk']) => {
    try {
      const looked = await lookAtStoredData({ ...options, onDisk });
      damage = looked.damage;
      checkedAt = new Date(now()).toISOString();
      if (looked.problem !== null) {
        log.warn(
          `the ledger of parts could not be read (${looked.problem}); a new one begins, and losses before it are not noticed`,
        );
      }
      say();
    } catch (error) {
      log.warn(
        { err: error },
        'stored data could not be compared with the ledger of parts; it is tried again in five minutes',
      );
    }
  };
  await look(options.onDisk);
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => look(null));
  }, EVERY_MS);
  timer.unref();
  const watched =
    <Arguments extends unknown[], Rows>(read: (...args: Arguments) => Promise<Rows>) =>
    (...args: Arguments): Promise<Rows> =>
      read(...args).catch((error: unknown) => {
        if (isDamage(error)) {
          failedReads.count++;
          failedReads.part ??= damagedPartOf(error);
          if (failedReads.count === 1) say();
        }
        throw error;
      });
  return {
    db: {
      ...db,
      query: watched(db.query) as Database['query'],
      queryTuples: watched(db.queryTuples) as Database['queryTuples'],
    },
    warning,
    status: () =>
      checkedAt === null
        ? null
        : {
            checkedAt,
            warning: warning(),
            missingRows: damage.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
            failedReads: failedReads.count,
            damagedParts: damage.length,
            damage: damage.slice(0, SHOWN),
          },
    async close() {
      clearInterval(timer);
      await running;
      await look(null);
    },
  };
}
