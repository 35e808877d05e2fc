// The program before a ClickHouse server: the HTTP shim in a process of its own, and the fault proxy between the two.
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { type ClickHouseProcess, startClickHouseProcess } from '../support/clickhouse-process.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { compare } from './check.ts';
import type { FaultResult } from './fault.ts';
import { asked, askRunning, type WholeVerdict, withFolder } from './settle.ts';

export interface ServerWorld {
  readonly dataDir: string;
  readonly ledger: string;
  readonly clickhouse: ClickHouseProcess;
  readonly proxy: FaultProxy;
  /** Starts the program before the proxy; it is stopped at the end. */
  start(env?: Record<string, string>): Promise<RunningTelltale>;
  /** Waits until the spool is empty, and compares ledger, table, API and counters. Short runs ask the API for less. */
  check(app: RunningTelltale, short?: boolean): Promise<WholeVerdict>;
}

const ROWS = "SELECT concat(lower(hex(trace_id)), ' ', lower(hex(span_id))) FROM spans FORMAT TSV";

export function withServer(work: (world: ServerWorld) => Promise<FaultResult>): Promise<FaultResult> {
  return withFolder(async (dataDir, ledger) => {
    const clickhouse = await startClickHouseProcess();
    const proxy = await startFaultProxy(clickhouse.url);
    const apps: RunningTelltale[] = [];
    try {
      return await work({
        dataDir,
        ledger,
        clickhouse,
        proxy,
        async start(env = {}) {
          const app = await startTelltale({ dataDir, env: { CLICKHOUSE_URL: proxy.url, ...env } });
          apps.push(app);
          return app;
        },
        check: async ({ apiUrl }, short = false) => ({
          ...(await askRunning(apiUrl, ledger, asked(short))),
          ...(await compare(ledger, await clickhouse.run(ROWS))),
        }),
      });
    } finally {
      proxy.set({ kind: 'pass' });
      for (const app of apps) await app.close();
      await proxy.close();
      await clickhouse.close();
    }
  });
}
