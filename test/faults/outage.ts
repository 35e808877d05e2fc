// F5 and F6: ClickHouse is away, or slow. Senders must not notice until the spool is full.
import type { Fault } from './fault.ts';
import { startLoad } from './load.ts';
import { quantile, startLagProbe } from './loop-lag.ts';
import { residentMib, watchMemory } from './memory.ts';
import { withServer } from './server-world.ts';
import { drained, kept, sleep, until } from './settle.ts';

const SPOOL_MIB = '16';
/** What an outage may add to the memory: nothing of it grows with the spool. */
const MAX_GROWTH_MIB = 128;

export const serverDown: Fault = {
  name: 'F5',
  breaks: 'ClickHouse refuses connections, for longer than the spool has room',
  run: (short) =>
    withServer(async ({ ledger, proxy, start, check }) => {
      const seconds = short ? 2 : Number(process.env.FAULT_DOWN_SECONDS ?? 40);
      const app = await start({
        TELLTALE_SPOOL_MAX_MIB: short ? '1' : SPOOL_MIB,
        TELLTALE_SPOOL_FLUSH_MS: '1000',
      });
      const load = startLoad(app.otlpUrl, ledger);
      const full = () => (load.statuses.get(503) ?? 0) > 0;
      await until('something was acknowledged', () => load.ackMs.length > 0);
      await proxy.refuse();
      const downAtMs = performance.now();
      await sleep((seconds * 1000) / 4);
      const beforeMib = await residentMib(app.pid);
      const memory = watchMemory(app.pid);
      await until('the spool is full', full, 120_000);
      const fullAfterS = Math.round((performance.now() - downAtMs) / 1000);
      await sleep(Math.max(0, seconds * 1000 - (performance.now() - downAtMs)));
      memory.stop();
      const ackedWhileDown = load.ackMs.length;
      await proxy.accept();
      const backAtMs = performance.now();
      await until('spans are taken again', () => load.ackMs.length > ackedWhileDown);
      const takenAgainMs = Math.round(performance.now() - backAtMs);
      await load.stop();
      await drained(app.apiUrl);
      const drainMs = Math.round(performance.now() - backAtMs);
      const verdict = await check(app);
      const growthMib = Math.max(0, Math.round(memory.maxMib - beforeMib));
      const others = [...load.statuses.keys()].filter((status) => status !== 200 && status !== 503);
      const { longestRetryAfterS } = load;
      return {
        ok: kept(verdict) && others.length === 0 && longestRetryAfterS <= 5 && growthMib <= MAX_GROWTH_MIB,
        figures: { downS: seconds, fullAfterS, longestRetryAfterS, growthMib, takenAgainMs, drainMs, ...verdict },
        notes: others.length === 0 ? '' : `other statuses: ${others.join(' ')}`,
      };
    }),
};

export const serverSlow: Fault = {
  name: 'F6',
  breaks: 'ClickHouse takes five seconds for every insert',
  run: (short) =>
    withServer(async ({ ledger, proxy, start, check }) => {
      const seconds = short ? 2 : Number(process.env.FAULT_SLOW_SECONDS ?? 20);
      const app = await start({ TELLTALE_SPOOL_FLUSH_MS: '1000' });
      const measure = async () => {
        const load = startLoad(app.otlpUrl, ledger);
        const probe = startLagProbe(app.apiUrl);
        await sleep(seconds * 1000);
        const { p99Ms, maxMs, unanswered } = await probe.stop();
        await load.stop();
        return { ackP99Ms: quantile(load.ackMs, 0.99), lagP99Ms: p99Ms, lagMaxMs: maxMs, unanswered, ...load };
      };
      const baseline = await measure();
      proxy.set({ kind: 'latency', ms: 5_000 });
      const slow = await measure();
      proxy.set({ kind: 'pass' });
      const verdict = await check(app);
      const refused = [...slow.statuses.keys()].filter((status) => status !== 200);
      // Both halves run under the same load on the same machine: slowness of storage must not be seen by senders.
      const unnoticed = slow.ackP99Ms <= Math.max(100, baseline.ackP99Ms * 3);
      return {
        ok: kept(verdict) && refused.length === 0 && slow.unanswered === 0 && unnoticed,
        figures: {
          ackP99Ms: slow.ackP99Ms,
          ackP99BaselineMs: baseline.ackP99Ms,
          healthzP99Ms: slow.lagP99Ms,
          healthzP99BaselineMs: baseline.lagP99Ms,
          healthzMaxMs: slow.lagMaxMs,
          ...verdict,
        },
      };
    }),
};
