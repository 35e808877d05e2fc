// The same kit over real HTTP: against the server of CLICKHOUSE_URL in a fresh database, else against the embedded
// engine behind ClickHouse's HTTP interface.
import { randomBytes } from 'node:crypto';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll } from 'vitest';
import { openDatabase } from '#storage/open';
import { type ClickHouseHttp, startClickHouseHttp } from '../support/clickhouse-http.ts';
import { describeStorage } from './storage-kit.ts';

const { CLICKHOUSE_URL, CLICKHOUSE_USER: user = 'default', CLICKHOUSE_PASSWORD: password = '' } = process.env;
let standIn: ClickHouseHttp | undefined;
beforeAll(async () => {
  if (CLICKHOUSE_URL === undefined) standIn = await startClickHouseHttp();
});
afterAll(() => standIn?.close());

describeStorage(
  'ClickHouse over HTTP',
  async () => {
    const url = CLICKHOUSE_URL ?? (standIn as ClickHouseHttp).url;
    const database = `telltale_kit_${randomBytes(6).toString('hex')}`;
    return {
      open: () => openDatabase({ url, user, password, database }),
      async remove() {
        const admin = createClient({ url, username: user, password });
        await admin.command({ query: `DROP DATABASE IF EXISTS ${database} SYNC` });
        await admin.close();
      },
    };
  },
  true,
);
