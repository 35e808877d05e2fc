// F10: no more descriptors, because connections hold them, or no more files on the disk. Who is connected is served or
// asked to retry later, no data is lost, and it recovers when descriptors are free again.
import { connect, type Socket } from 'node:net';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import type { Fault, FaultResult } from './fault.ts';
import { noInodes, together } from './full-disk.ts';
import { startLoad } from './load.ts';
import { kept, settleAndCheck, sleep, until, withFolder } from './settle.ts';

const LIMITS = [64, 96, 128, 160, 192, 224, 256, 320, 384, 512];

/** Starts with the fewest descriptors it can start with. */
async function startWithFewest(dataDir: string): Promise<{ app: RunningTelltale; descriptors: number }> {
  let last: unknown;
  for (const descriptors of LIMITS) {
    try {
      return { app: await startTelltale({ dataDir, maxDescriptors: descriptors }), descriptors };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** Silent connections that reconnect when they are closed, until `stop`. */
function holdConnections(otlpUrl: string, count: number): { stop(): void } {
  const { hostname, port } = new URL(otlpUrl);
  const open = new Set<Socket>();
  let running = true;
  const hold = () => {
    const socket = connect(Number(port), hostname);
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(socket);
      if (running) setTimeout(hold, 100);
    });
  };
  for (let i = 0; i < count; i++) hold();
  return {
    stop() {
      running = false;
      for (const socket of open) socket.destroy();
    },
  };
}

const noDescriptors = (short: boolean): Promise<FaultResult> =>
  withFolder(async (dataDir, ledger) => {
    const { app, descriptors } = await startWithFewest(dataDir);
    const load = startLoad(app.otlpUrl, ledger);
    try {
      await until('something was acknowledged', () => load.ackMs.length > 20);
      const held = holdConnections(app.otlpUrl, descriptors * 2);
      await sleep(short ? 1000 : 10_000);
      held.stop();
      const before = load.ackMs.length;
      const freeAtMs = performance.now();
      await until('spans are taken', () => load.ackMs.length > before + 20);
      const takenAgainMs = Math.round(performance.now() - freeAtMs);
      await load.stop();
      const exitCode = await app.close();
      const codes = [...load.statuses].filter(([status]) => ![0, 200, 503].includes(status));
      const verdict = await settleAndCheck(dataDir, ledger);
      return {
        ok: kept(verdict) && exitCode === 0 && codes.length === 0,
        figures: { descriptors, exitCode: String(exitCode), takenAgainMs, ...verdict },
        notes: `answers ${[...load.statuses].map(([status, times]) => `${times} × ${status}`).join(' ')}`,
      };
    } finally {
      await load.stop();
      await app.close();
    }
  });

export const fewDescriptors: Fault = {
  name: 'F10',
  breaks: 'all descriptors taken by idle connections, at the lowest limit it starts with; no more files on the disk',
  run: async (short) => together({ descriptors: await noDescriptors(short), inodes: await noInodes(short) }),
};
