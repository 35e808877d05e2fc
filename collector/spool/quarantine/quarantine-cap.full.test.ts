// A segment of which storage refuses hundreds of rows, on the real engine: bounded work, nothing lost, and a way back.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { retryFromQuarantine } from '../../../cli/quarantine.ts';
import { type OtlpServer, openOtlpServer, span } from '../../../test/support/otlp-server.ts';

let otlp: OtlpServer;
beforeAll(async () => {
  otlp = await openOtlpServer();
});
afterAll(() => otlp.close());

const ROWS = 400;
const names = async () =>
  (await otlp.db.query<{ name: string }>('SELECT name FROM spans ORDER BY name')).map(({ name }) => name);

it('stores the good rows, quarantines the rest with the reason, and stores all of it once the cause is gone', async () => {
  const { db, collector, dataDir } = otlp;
  await db.command("ALTER TABLE spans ADD CONSTRAINT no_poison CHECK name NOT LIKE 'poison%'");
  const all = Array.from({ length: ROWS }, (_, i) => (i % 2 === 0 ? 'good' : 'poison') + String(i).padStart(4, '0'));
  const spans = all.map((name, i) => span({ spanId: (i + 1).toString(16).padStart(16, '0'), name }));
  expect((await otlp.postJson(...spans)).status).toBe(200);

  const { inserted, quarantined } = collector.counters.spans;
  expect(inserted + quarantined).toBe(ROWS);
  const stored = await names();
  expect(stored).toHaveLength(inserted);
  expect(stored.every((name) => name.startsWith('good'))).toBe(true);
  const items = await collector.quarantine.list();
  expect(items.reduce((sum, { rows }) => sum + rows, 0)).toBe(quarantined);
  const rest = items.filter(({ rows }) => rows > 1);
  expect(rest).toMatchObject([{ signal: 'spans', canRetry: true, isLost: false }]);
  expect(rest[0]?.reason).toMatch(/^storage refused 200 parts of this segment/);

  const command = { dataDir, say: () => {} };
  await db.command('ALTER TABLE spans DROP CONSTRAINT no_poison');
  await retryFromQuarantine(command, []);
  await expect.poll(async () => (await names()).length, { timeout: 60_000 }).toBe(ROWS);
  await collector.settled();
  expect(await names()).toEqual([...all].sort());
  expect(await collector.quarantine.list()).toEqual([]);
});
