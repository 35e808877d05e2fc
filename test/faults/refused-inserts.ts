// F8: ClickHouse refuses. Temporary failures are retried; of permanent ones only the bad row is quarantined.
import { randomBytes } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { runTelltale } from '../support/app.ts';
import { encodeRequest } from '../support/otlp-proto.ts';
import { requestOf, span } from '../support/otlp-server.ts';
import type { Fault } from './fault.ts';
import { PAUSE_MS, startLoad } from './load.ts';
import { send } from './send.ts';
import { withServer } from './server-world.ts';
import { drained, until } from './settle.ts';

const LATER: readonly (readonly [code: number, message: string])[] = [
  [241, 'Memory limit (total) exceeded: would use 7.21 GiB. (MEMORY_LIMIT_EXCEEDED)'],
  [252, 'Too many parts (3000). Merges are processing significantly slower than inserts. (TOO_MANY_PARTS)'],
  [159, 'Timeout exceeded: elapsed 60 seconds. (TIMEOUT_EXCEEDED)'],
  [243, 'Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)'],
];
const POISON = 'poison';

export const refusedInserts: Fault = {
  name: 'F8',
  breaks: 'ClickHouse answers 241, 252, 159 and 243, and then refuses one row in a hundred for good',
  run: (short) =>
    withServer(async ({ dataDir, ledger, clickhouse, proxy, start, check }) => {
      const batches = short ? 1 : 5;
      const app = await start({ TELLTALE_SPOOL_FLUSH_MS: '100' });
      for (const [code, message] of LATER) {
        const before = proxy.seen.length;
        proxy.set({ kind: 'canned', code, message });
        const load = startLoad(app.otlpUrl, ledger, 2, short ? PAUSE_MS : 0);
        await until(`an insert was refused twice with ${code}`, () => proxy.seen.length >= before + 2);
        await load.stop();
        proxy.set({ kind: 'pass' });
        await drained(app.apiUrl);
      }
      await clickhouse.run(`ALTER TABLE spans ADD CONSTRAINT no_poison CHECK name != '${POISON}'`);
      let poisonNotAcked = 0;
      for (let batch = 0; batch < batches; batch++) {
        const traceId = randomBytes(16).toString('hex');
        const spans = Array.from({ length: 100 }, (_, index) =>
          span({ traceId, spanId: randomBytes(8).toString('hex'), name: index === 42 ? POISON : 'good' }),
        );
        const { status } = await send(app.otlpUrl, encodeRequest(requestOf(...spans)));
        if (status !== 200) poisonNotAcked++;
        const good = spans.filter(({ name }) => name === 'good');
        await appendFile(ledger, good.map(({ spanId }) => `${traceId} ${spanId} 200\n`).join(''));
        await drained(app.apiUrl);
      }
      const verdict = await check(app, short);
      // And back: once the cause is fixed, quarantined rows are replayed.
      await clickhouse.run('ALTER TABLE spans DROP CONSTRAINT no_poison');
      const env = { TELLTALE_DATA_DIR: dataDir, CLICKHOUSE_URL: proxy.url };
      const { code, output } = await runTelltale(['quarantine', 'retry'], env);
      const poisonStored = async () =>
        Number(await clickhouse.run(`SELECT count() FROM spans WHERE name = '${POISON}' FORMAT TSV`));
      await until('the rows from the quarantine are stored', async () => (await poisonStored()) >= batches);
      return {
        ok:
          verdict.acked > 0 &&
          verdict.lost === 0 &&
          verdict.rowsTwice === 0 &&
          verdict.quarantined === batches &&
          verdict.countersAddUp === 'yes' &&
          verdict.wrongInApi === 0 &&
          poisonNotAcked === 0 &&
          code === 0 &&
          (await poisonStored()) === batches,
        figures: { ...verdict, poisonRows: batches, storedAfterRetry: await poisonStored() },
        notes: code === 0 ? '' : output.slice(0, 300),
      };
    }),
};
