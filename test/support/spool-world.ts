// A spool of notes over real files, with storage that remembers what it was given.
import { readFile, unlink } from 'node:fs/promises';
import { SignalCounters } from '../../collector/count/counters.ts';
import { scanSegment } from '../../collector/spool/scan.ts';
import { Spool, type SpoolOptions } from '../../collector/spool/spool.ts';

export interface SpoolWorld {
  readonly spool: Spool;
  readonly counters: SignalCounters;
  /** Files given to storage: their bytes by token, and every call. */
  readonly inserted: Map<string, Buffer>;
  readonly calls: string[];
  readonly aside: { name: string; reason: string; bytes: Buffer }[];
  readonly failures: string[];
}

/** Remembers what it is given: bytes, files by their name, and losses as no bytes. */
export function fakeQuarantine(aside: SpoolWorld['aside']): SpoolOptions['quarantine'] {
  return {
    putRows: async (_table, { source, bytes, error }) =>
      void aside.push({ name: source, reason: (error as Error).message, bytes }),
    putBytes: async ({ source, reason }, bytes) => void aside.push({ name: source, reason, bytes: Buffer.from(bytes) }),
    async putFile({ source, reason }, path) {
      aside.push({ name: source, reason, bytes: await readFile(path).catch(() => Buffer.alloc(0)) });
      await unlink(path);
    },
    putLost: async ({ source, reason }) => void aside.push({ name: source, reason, bytes: Buffer.alloc(0) }),
  };
}

export async function openSpoolWorld(dir: string, over: Partial<SpoolOptions> = {}): Promise<SpoolWorld> {
  const counters = new SignalCounters();
  const inserted = new Map<string, Buffer>();
  const calls: string[] = [];
  const aside: SpoolWorld['aside'] = [];
  const failures: string[] = [];
  const spool = await Spool.open({
    dir,
    tables: { notes: counters },
    maxBytes: 1 << 30,
    minFreeBytes: 0,
    flushMs: 5,
    async insert(_table, path, token) {
      calls.push(token);
      inserted.set(token, await readFile(path));
    },
    onFailed: ({ message }) => failures.push(message),
    quarantine: fakeQuarantine(aside),
    log: { warn: () => {}, error: () => {} },
    now: () => 1_000,
    ...over,
  });
  return { spool, counters, inserted, calls, aside, failures };
}

/** How many rows the undamaged blocks of these files hold. */
export const rowsOf = (files: Iterable<Buffer>, nonces: readonly string[]): number => {
  let rows = 0;
  for (const bytes of files)
    for (const nonce of nonces) for (const block of scanSegment(bytes, nonce).blocks) rows += block.rows;
  return rows;
};
