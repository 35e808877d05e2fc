// Two detector processes on one server, ticking side by side by a clock that is moved by hand; one that dies is replaced.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import type { TickOrder } from './detector-steps.ts';

const SCRIPT = fileURLToPath(new URL('./detector-process.ts', import.meta.url));
/** Packages are looked for from here. */
const CACHE = fileURLToPath(new URL('../../dist/', import.meta.url));

export interface DetectorPair {
  /** One tick of both. @param dies what the first, or the second, is to die at */
  tick(
    order: Omit<TickOrder, 'dieAt'>,
    dies?: { readonly victim: number; readonly at: TickOrder['dieAt'] },
  ): Promise<void>;
  /** How often a detector died. */
  deaths(): number;
  close(): Promise<void>;
}

/** @param args of detector-process.ts */
export async function startDetectorPair(args: readonly string[]): Promise<DetectorPair> {
  const folder = await mkdtemp(join(CACHE, 'detector-'));
  const script = join(folder, 'detector-process.mjs');
  // In one file it starts in a fraction of the time.
  await build({
    entryPoints: [SCRIPT],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  // Its process would stay until this one ends.
  await stop();
  const start = async (): Promise<ChildProcess> => {
    const child = fork(script, args, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await answerOf(child);
    return child;
  };
  const running = await Promise.all([start(), start()]);
  let deaths = 0;
  const tickOne = async (i: number, order: TickOrder): Promise<void> => {
    const child = running[i] as ChildProcess;
    child.send(order);
    if ((await answerOf(child)) !== null) {
      // It was to die at a step that this tick did not have.
      if (order.dieAt === null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    } else if (order.dieAt === null) throw new Error('a detector died that was not to die');
    deaths++;
    running[i] = await start();
  };
  return {
    async tick(order, dies) {
      await Promise.all([0, 1].map((i) => tickOne(i, { ...order, dieAt: dies?.victim === i ? dies.at : null })));
    },
    deaths: () => deaths,
    async close() {
      for (const child of running) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What it says next; null when it died. @throws when it ended in another way */
async function answerOf(child: ChildProcess): Promise<string | null> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([said]) => String(said)),
      once(child, 'exit', { signal }).then(([code, by]) => {
        if (by === 'SIGKILL') return null;
        throw new Error(`a detector ended with ${code ?? by}`);
      }),
    ]);
  } finally {
    stop.abort();
  }
}
