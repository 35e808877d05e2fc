// F1 and F2: the process is killed at any moment, and at a chosen point of a write, under load.
import { startTelltale } from '../support/app.ts';
import type { Fault } from './fault.ts';
import { PAUSE_MS, startLoad } from './load.ts';
import { losePart } from './lose-part.ts';
import { kept, kill, settleAndCheck, until, withFolder } from './settle.ts';

export const killAtRandom: Fault = {
  name: 'F1',
  breaks: 'kill -9 at random moments under eight senders',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const kills = short ? 3 : Number(process.env.FAULT_KILLS ?? 100);
      const restartMs: number[] = [];
      for (let round = 0; round < kills; round++) {
        const startMs = performance.now();
        const app = await startTelltale({ dataDir, env: { TELLTALE_SPOOL_FLUSH_MS: '200' } });
        restartMs.push(performance.now() - startMs);
        const load = startLoad(app.otlpUrl, ledger);
        // At a moment that the work sets, not the machine: after so many acknowledged requests.
        const acked = 1 + Math.floor(Math.random() * (short ? 15 : 250));
        await until(`${acked} requests are acknowledged`, () => load.ackMs.length >= acked);
        await kill(app);
        await load.stop();
      }
      const verdict = await settleAndCheck(dataDir, ledger, short);
      restartMs.sort((a, b) => a - b);
      const readyP95Ms = Math.round(restartMs[Math.floor(restartMs.length * 0.95)] ?? 0);
      return { ok: kept(verdict), figures: { kills, ...verdict, readyP95Ms } };
    }),
};

const POINTS = [
  'after_write',
  'after_sync',
  'after_seal',
  'after_insert',
  'after_unlink',
  'during_recovery',
  'after_check',
];
/** Where the engine had noted a token and not put the part in place: the table itself, and two that views fill. */
const UNFINISHED = ['spans', 'trace_index', 'runs'];

export const killAtPoint: Fault = {
  name: 'F2',
  breaks: 'kill -9 at a chosen point of a write, and while the spool is read again',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const passed: string[] = [];
      /** @param most acknowledged requests until it is killed from outside */
      const once = async (env: Record<string, string>, most = Number.POSITIVE_INFINITY) => {
        const app = await startTelltale({ dataDir, env }).catch((error: Error) => {
          // It may meet the point before it is ready; any other end is a start that failed.
          if (!error.message.includes('ended with SIGKILL')) throw error;
          return null;
        });
        if (app === null) return true;
        const load = short ? startLoad(app.otlpUrl, ledger, 2, PAUSE_MS) : startLoad(app.otlpUrl, ledger);
        await until('it met the point, or had work enough', () => app.hasEnded() || load.ackMs.length >= most);
        const died = app.hasEnded();
        await kill(app);
        await load.stop();
        return died;
      };
      // In short runs the tables below are what the point after an insert is tried on.
      const points = short ? ['during_recovery'] : POINTS;
      for (const point of points) {
        // Leaves acknowledged spans in the spool: the point meets those of an earlier life too, if it lives that long.
        await once({ TELLTALE_SPOOL_FLUSH_MS: '60000' }, 8);
        if (await once({ TELLTALE_FAILPOINT: point })) passed.push(point);
      }
      const tables = short ? UNFINISHED.slice(0, 2) : UNFINISHED;
      for (const table of tables) {
        let isLost = false;
        // A merge may have been quicker than the kill.
        for (let tries = 0; tries < 20 && !isLost; tries++) {
          isLost = (await once({ TELLTALE_FAILPOINT: 'after_insert' })) && (await losePart(dataDir, table));
        }
        if (isLost) passed.push(`unfinished:${table}`);
      }
      const verdict = await settleAndCheck(dataDir, ledger, short);
      return {
        ok: kept(verdict) && passed.length === points.length + tables.length,
        figures: { pointsReached: passed.join(' ') || 'none', ...verdict },
      };
    }),
};
