// F7: ClickHouse commits and its answer never arrives, or the request itself does not. The insert is sent again, under
// the same token, and every row is there once.
import type { ProxyMode } from '../support/fault-proxy.ts';
import type { Fault } from './fault.ts';
import { PAUSE_MS, startLoad } from './load.ts';
import { withServer } from './server-world.ts';
import { kept, until } from './settle.ts';

const MODES: readonly ProxyMode[] = [
  { kind: 'reset after commit' },
  { kind: 'reset within the answer' },
  { kind: 'reset within the body' },
  { kind: 'error after commit' },
  { kind: 'half-close' },
  { kind: 'drip', everyMs: 2 },
];

export const lostReplies: Fault = {
  name: 'F7',
  breaks: 'the connection to ClickHouse ends after a commit, within the answer, or within the body; or it answers 500',
  run: (short) =>
    withServer(async ({ ledger, proxy, start, check }) => {
      const rounds = short ? 1 : Number(process.env.FAULT_REPLIES ?? 10);
      const modes = short ? MODES.slice(0, 3) : MODES;
      const app = await start({ TELLTALE_SPOOL_FLUSH_MS: '300' });
      const load = short ? startLoad(app.otlpUrl, ledger, 2, PAUSE_MS) : startLoad(app.otlpUrl, ledger);
      const seen = (kind: ProxyMode['kind']) => proxy.seen.filter((one) => one.kind === kind).length;
      const playOnce = async (mode: ProxyMode) => {
        const before = seen(mode.kind);
        proxy.set(mode);
        await until(`an insert meets "${mode.kind}"`, () => seen(mode.kind) > before);
        const passed = seen('pass');
        proxy.set({ kind: 'pass' });
        await until('an insert passes again', () => seen('pass') > passed);
      };
      for (let round = 0; round < rounds; round++) for (const mode of modes) await playOnce(mode);
      await load.stop();
      const verdict = await check(app, short);
      const tries = new Map<string, number>();
      for (const { query } of proxy.seen) {
        const token = /insert_deduplication_token = '(\w+)'/.exec(query)?.[1] ?? 'none';
        tries.set(token, (tries.get(token) ?? 0) + 1);
      }
      const sentAgain = [...tries.values()].filter((times) => times > 1).length;
      const faults = proxy.seen.filter(({ kind }) => kind !== 'pass').length;
      const refused = [...load.statuses.keys()].filter((status) => status !== 200);
      return {
        ok: kept(verdict) && sentAgain > 0 && !tries.has('none') && refused.length === 0,
        figures: { inserts: proxy.seen.length, faults, tokensSentAgain: sentAgain, ...verdict },
      };
    }),
};
