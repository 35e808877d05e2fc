// F9 and the half of F10 that is about files: the disk of spool and engine is full. Senders are asked to retry later,
// readers are answered, and everything goes on by itself when there is room again.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTelltale } from '../support/app.ts';
import { countInApi } from './check.ts';
import type { Fault, FaultResult } from './fault.ts';
import { startLoad } from './load.ts';
import { kept, settleAndCheck, sleep, until } from './settle.ts';
import { fillBytes, fillInodes, withSmallDisk } from './small-disk.ts';

interface FullDisk {
  readonly mount: string;
  /** TELLTALE_SPOOL_MIN_FREE_MIB: with 0 the disk is filled to its last byte. */
  readonly floorMib: number;
  fill(folder: string): Promise<() => Promise<void>>;
}

async function fillAndFree({ mount, floorMib, fill }: FullDisk, short: boolean): Promise<FaultResult> {
  return withSmallDisk(mount, async (folder, ledger) => {
    const dataDir = join(folder, 'data');
    const app = await startTelltale({
      dataDir,
      env: { TELLTALE_SPOOL_MIN_FREE_MIB: String(floorMib), TELLTALE_SPOOL_FLUSH_MS: '200' },
    });
    const load = startLoad(app.otlpUrl, ledger);
    const refused = () => load.statuses.get(503) ?? 0;
    try {
      await until('something was acknowledged', () => load.ackMs.length > 20);
      const traceId = (await readFile(ledger, 'latin1')).slice(0, 32);
      await until('it can be read', async () => (await countInApi(app.apiUrl, traceId)) > 0);
      const free = await fill(folder);
      await until('senders are asked to retry later', () => refused() > 0);
      let readsThatFailed = 0;
      for (let second = 0; second < (short ? 1 : 8); second++) {
        if ((await countInApi(app.apiUrl, traceId)) < 1) readsThatFailed++;
        await sleep(1000);
      }
      const ackedWhileFull = load.ackMs.length;
      await free();
      const freeAtMs = performance.now();
      await until('spans are taken again', () => load.ackMs.length > ackedWhileFull + 20);
      const takenAgainMs = Math.round(performance.now() - freeAtMs);
      await load.stop();
      const codes = [...load.statuses.keys()].filter((status) => status !== 200 && status !== 503);
      const { longestRetryAfterS } = load;
      await app.close();
      const verdict = await settleAndCheck(dataDir, ledger);
      return {
        ok: kept(verdict) && codes.length === 0 && readsThatFailed === 0 && longestRetryAfterS <= 5,
        figures: { refused: refused(), longestRetryAfterS, readsThatFailed, takenAgainMs, ...verdict },
        notes: codes.length === 0 ? '' : `other statuses: ${codes.join(' ')}`,
      };
    } finally {
      await load.stop();
      await app.close();
    }
  });
}

/** One result of several parts, the figures named after the part. */
export function together(parts: Readonly<Record<string, FaultResult>>): FaultResult {
  const all = Object.entries(parts);
  const notPlayed = all.flatMap(([part, result]) =>
    result.notPlayed === undefined ? [] : [`${part}: ${result.notPlayed}`],
  );
  return {
    ok: all.every(([, { ok }]) => ok),
    figures: Object.fromEntries(
      all.flatMap(([part, { figures }]) =>
        Object.entries(figures).map(([name, value]) => [`${part}: ${name}`, value] as const),
      ),
    ),
    notes: all
      .flatMap(([part, { notes = '' }]) => (notes === '' ? [] : [`${part}: ${notes}`]))
      .concat(notPlayed.length < all.length ? notPlayed : [])
      .join('; '),
    ...(notPlayed.length === all.length ? { notPlayed: notPlayed.join('; ') } : {}),
  };
}

export const fullDisk: Fault = {
  name: 'F9',
  breaks: 'the disk of spool and engine is filled to the last byte, and below the floor of free space',
  run: async (short) =>
    together({
      full: await fillAndFree({ mount: 'size=128m', floorMib: 0, fill: (folder) => fillBytes(folder, 0) }, short),
      floor: await fillAndFree({ mount: 'size=128m', floorMib: 24, fill: (folder) => fillBytes(folder, 12) }, short),
    }),
};

export const noInodes = (short: boolean): Promise<FaultResult> =>
  fillAndFree({ mount: 'size=512m,nr_inodes=12000', floorMib: 0, fill: fillInodes }, short);
