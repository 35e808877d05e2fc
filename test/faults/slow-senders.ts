// F12: two thousand connections that send one byte a second, half of them headers and half of them a body, beside good
// senders. They are closed, and other senders are not affected.
import { startTelltale } from '../support/app.ts';
import type { Fault } from './fault.ts';
import { startLoad } from './load.ts';
import { quantile, startLagProbe } from './loop-lag.ts';
import { kept, settleAndCheck, sleep, withFolder } from './settle.ts';
import { playSlowConnections } from './slow-connections.ts';

const CLOSED_WITHIN_MS = 15_000;

export const slowSenders: Fault = {
  name: 'F12',
  breaks: '2,000 connections that send one byte a second, beside eight good senders',
  run: (short) =>
    withFolder(async (dataDir, ledger) => {
      const count = short ? 200 : Number(process.env.FAULT_SLOW_SENDERS ?? 2000);
      const app = await startTelltale({ dataDir });
      const load = startLoad(app.otlpUrl, ledger);
      try {
        await sleep(short ? 1000 : 10_000);
        const baselineAcks = load.ackMs.length;
        const linesBefore = app.output().split('\n').length;
        const probe = startLagProbe(app.apiUrl);
        const slow = await playSlowConnections(app.otlpUrl, count);
        const lag = await probe.stop();
        await load.stop();
        const logLines = app.output().split('\n').length - linesBefore;
        const refused = [...load.statuses.keys()].filter((status) => status !== 200);
        const ackP99BaselineMs = quantile(load.ackMs.slice(0, baselineAcks), 0.99);
        const ackP99Ms = quantile(load.ackMs.slice(baselineAcks), 0.99);
        await app.close();
        const verdict = await settleAndCheck(dataDir, ledger);
        return {
          ok:
            kept(verdict) &&
            refused.length === 0 &&
            slow.closed === count &&
            // Connections are checked once a second, on an event loop that others use as well.
            slow.slowestCloseMs <= CLOSED_WITHIN_MS + 2000 &&
            ackP99Ms <= Math.max(150, ackP99BaselineMs * 3) &&
            logLines <= 20,
          figures: {
            ...slow,
            ackP99Ms,
            ackP99BaselineMs,
            healthzP99Ms: lag.p99Ms,
            healthzMaxMs: lag.maxMs,
            logLines,
            ...verdict,
          },
          notes: refused.length === 0 ? '' : `good senders saw ${refused.join(' ')}`,
        };
      } finally {
        await load.stop();
        await app.close();
      }
    }),
};
