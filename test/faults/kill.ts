// F1, F2 and F11: the process ends at any moment, at a chosen point of a write, and by SIGTERM, under load.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { checkLedger } from './check.ts';
import type { Fault, FaultResult } from './fault.ts';
import { startLoad } from './load.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Gives a data directory and a ledger, and removes both. */
async function withFolder(work: (dataDir: string, ledger: string) => Promise<FaultResult>): Promise<FaultResult> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-fault-'));
  const ledger = join(folder, 'ledger');
  await writeFile(ledger, '');
  try {
    return await work(join(folder, 'data'), ledger);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Kills at once and waits until the process is gone. */
async function kill(app: RunningTelltale): Promise<void> {
  try {
    process.kill(app.pid, 'SIGKILL');
  } catch {
    // It is gone already: a failpoint was quicker.
  }
  await app.close();
}

/** Starts once more, waits until nothing waits in the spool, stops, and compares. */
async function settleAndCheck(dataDir: string, ledger: string) {
  const app = await startTelltale({ dataDir });
  let spooled = -1;
  for (let tries = 0; spooled !== 0 && tries < 300; tries++) {
    const status = (await (await fetch(`${app.apiUrl}/api/status`)).json()) as { spans: { spooled: number } };
    spooled = status.spans.spooled;
    await sleep(50);
  }
  await app.close();
  return { ...(await checkLedger(ledger, dataDir)), leftInSpool: spooled };
}

const kept = (verdict: { acked: number; lost: number }) => verdict.acked > 0 && verdict.lost === 0;

export const killAtRandom: Fault = {
  name: 'F1',
  breaks: 'kill -9 at random moments under eight senders',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const kills = short ? 2 : Number(process.env.FAULT_KILLS ?? 100);
      const restartMs: number[] = [];
      for (let round = 0; round < kills; round++) {
        const startMs = performance.now();
        const app = await startTelltale({ dataDir, env: { TELLTALE_SPOOL_FLUSH_MS: '200' } });
        restartMs.push(performance.now() - startMs);
        const load = startLoad(app.otlpUrl, ledger);
        await sleep(100 + Math.random() * 500);
        await kill(app);
        await load.stop();
      }
      const verdict = await settleAndCheck(dataDir, ledger);
      restartMs.sort((a, b) => a - b);
      const readyP95Ms = Math.round(restartMs[Math.floor(restartMs.length * 0.95)] ?? 0);
      return { ok: kept(verdict) && verdict.physicalDuplicates === 0, figures: { kills, ...verdict, readyP95Ms } };
    }),
};

const POINTS = ['after_write', 'after_sync', 'after_seal', 'after_insert', 'after_unlink'];

export const killAtPoint: Fault = {
  name: 'F2',
  breaks: 'kill -9 at a chosen point of a write, and while the spool is read again',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const passed: string[] = [];
      const once = async (env: Record<string, string>) => {
        const app = await startTelltale({ dataDir, env }).catch(() => null);
        if (app === null) return true;
        const load = startLoad(app.otlpUrl, ledger);
        await sleep(1000);
        const died = await fetch(`${app.apiUrl}/api/status`).then(
          () => false,
          () => true,
        );
        await kill(app);
        await load.stop();
        return died;
      };
      await once({});
      for (const point of short ? POINTS.slice(1, 2) : [...POINTS, 'during_recovery']) {
        if (await once({ TELLTALE_FAILPOINT: point })) passed.push(point);
        // Leaves something in the spool for the next point.
        await once({ TELLTALE_SPOOL_FLUSH_MS: '5000' });
      }
      const verdict = await settleAndCheck(dataDir, ledger);
      return {
        ok: kept(verdict) && verdict.physicalDuplicates === 0,
        figures: { pointsReached: passed.join(' ') || 'none', ...verdict },
      };
    }),
};

export const terminate: Fault = {
  name: 'F11',
  breaks: 'SIGTERM in the middle of requests',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const rounds = short ? 2 : Number(process.env.FAULT_TERMS ?? 50);
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
        ok: kept(verdict) && wrongCodes === 0 && slowestExitMs <= 10_000,
        figures: { rounds, wrongCodes, slowestExitMs, ...verdict },
      };
    }),
};
