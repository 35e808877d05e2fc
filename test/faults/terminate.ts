// F11: SIGTERM under load, with a storage that does not answer, and a second one while the first is being obeyed.
import { startTelltale } from '../support/app.ts';
import type { Fault, FaultResult } from './fault.ts';
import { together } from './full-disk.ts';
import { startLoad } from './load.ts';
import { withServer } from './server-world.ts';
import { kept, settleAndCheck, sleep, until, withFolder } from './settle.ts';

const EXIT_WITHIN_MS = 10_000;

const underLoad = (rounds: number): Promise<FaultResult> =>
  withFolder(async (dataDir, ledger) => {
    let slowestExitMs = 0;
    let wrongCodes = 0;
    for (let round = 0; round < rounds; round++) {
      const app = await startTelltale({ dataDir });
      const load = startLoad(app.otlpUrl, ledger);
      await sleep(100 + Math.random() * 300);
      const startMs = performance.now();
      if ((await app.close()) !== 0) wrongCodes++;
      slowestExitMs = Math.max(slowestExitMs, Math.round(performance.now() - startMs));
      await load.stop();
    }
    const verdict = await settleAndCheck(dataDir, ledger);
    return {
      ok: kept(verdict) && wrongCodes === 0 && slowestExitMs <= EXIT_WITHIN_MS,
      figures: { rounds, wrongCodes, slowestExitMs, ...verdict },
    };
  });

/** Storage accepts requests and never answers: a stop must not wait for it, and a second signal ends the process at once. */
const storageHangs = (): Promise<FaultResult> =>
  withServer(async ({ ledger, proxy, start, check }) => {
    const stopWhileHanging = async (again: boolean) => {
      const app = await start({ TELLTALE_SPOOL_FLUSH_MS: '50' });
      const before = proxy.seen.length;
      proxy.set({ kind: 'hang' }, () => true);
      const load = startLoad(app.otlpUrl, ledger);
      try {
        // Which statement comes first is the program's business: an insert asks first how long the engine has lived.
        await until('spans are acknowledged and statements hang', () => {
          return load.ackMs.length > 0 && proxy.seen.slice(before).some(({ kind }) => kind === 'hang');
        });
        await sleep(300);
        let startMs = performance.now();
        if (again) {
          process.kill(app.pid, 'SIGTERM');
          // Within a second both are one: Ctrl-C reaches a process more than once.
          await sleep(1500);
          startMs = performance.now();
        }
        const code = await app.close();
        return { code, exitMs: Math.round(performance.now() - startMs) };
      } finally {
        await load.stop();
        proxy.set({ kind: 'pass' });
      }
    };
    const once = await stopWhileHanging(false);
    const twice = await stopWhileHanging(true);
    const verdict = await check(await start());
    return {
      ok: kept(verdict) && once.code === 0 && once.exitMs <= EXIT_WITHIN_MS && twice.code === 1 && twice.exitMs <= 1000,
      figures: {
        exitCode: String(once.code),
        exitMs: once.exitMs,
        exitCodeOfSecond: String(twice.code),
        exitMsAfterSecond: twice.exitMs,
        ...verdict,
      },
    };
  });

export const terminate: Fault = {
  name: 'F11',
  breaks: 'SIGTERM in the middle of requests; while storage hangs; and a second one',
  run: async (short) =>
    together({
      underLoad: await underLoad(short ? 2 : Number(process.env.FAULT_TERMS ?? 50)),
      storageHangs: await storageHangs(),
    }),
};
