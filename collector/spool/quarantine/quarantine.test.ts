// Rows that storage refuses for good: found among their neighbours, kept with the reason, tried again when asked. On the
// real engine, with a constraint that one row breaks.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlockError, readBlock, sliceBlock } from '#storage/native/slice-block';
import { SpanBlock } from '#storage/span-block';
import { retryFromQuarantine, sayQuarantine } from '../../../cli/quarantine.ts';
import { insertBlock } from '../../../test/support/insert-block.ts';
import { encodeRequest } from '../../../test/support/otlp-proto.ts';
import { type OtlpServer, openOtlpServer, requestOf, span } from '../../../test/support/otlp-server.ts';
import { propertyRuns } from '../../../test/support/tier.ts';
import { jsonToProtobuf } from '../../decode/json-to-protobuf.ts';
import { spanCodec } from '../../decode/span-codec.ts';

let otlp: OtlpServer;
beforeAll(async () => {
  otlp = await openOtlpServer();
});
afterAll(() => otlp.close());

const spanId = (n: number) => n.toString(16).padStart(16, '0');
const names = async () =>
  (await otlp.db.query<{ name: string }>('SELECT name FROM spans ORDER BY name')).map(({ name }) => name);

/** Spans of every shape, as one block. */
function blockOf(spans: readonly unknown[]): Buffer {
  const block = new SpanBlock();
  const codec = spanCodec(jsonToProtobuf);
  codec.decode(encodeRequest(requestOf(...spans)), { projectId: 'default', receivedAtMs: 1_795_386_336_000 }, block);
  return Buffer.from(block.encode());
}
const rich = (n: number) =>
  span({
    spanId: spanId(n),
    name: `step ${n}`,
    attributes: [
      ...Array.from({ length: n % 4 }, (_, i) => ({
        key: `k${(n + i) % 7}`,
        value: { stringValue: 'v'.repeat(n * i) },
      })),
      { key: 'gen_ai.usage.input_tokens', value: { intValue: n } },
      {
        key: 'telltale.decision.options',
        value: { arrayValue: { values: Array.from({ length: n % 3 }, (_, i) => ({ stringValue: `o${i}` })) } },
      },
    ],
  });

it('cuts a block into rows that are, put together, the block', async () => {
  const whole = blockOf(Array.from({ length: 23 }, (_, i) => rich(i + 1)));
  const read = readBlock(whole);
  expect(read).toMatchObject({ rows: 23, end: whole.length });
  const hash = async () =>
    (await otlp.db.query<{ h: string; n: string }>('SELECT sum(cityHash64(*)) AS h, count() AS n FROM spans'))[0];
  await insertBlock(otlp.db, 'spans', whole);
  const expected = await hash();
  await otlp.db.command('TRUNCATE TABLE spans');
  for (const [from, to] of [
    [0, 1],
    [1, 9],
    [9, 9],
    [9, 23],
  ] as const) {
    if (from < to) await insertBlock(otlp.db, 'spans', sliceBlock(read, from, to));
  }
  expect(await hash()).toEqual(expected);
  await otlp.db.command('TRUNCATE TABLE spans');
});

it('says of broken bytes that they are broken, and nothing else', () => {
  const whole = blockOf([rich(1), rich(5), rich(6)]);
  const attempt = (bytes: Buffer) => {
    try {
      const block = readBlock(bytes);
      sliceBlock(block, 0, block.rows);
      for (const column of block.columns) for (let row = 0; row < block.rows; row++) column.cell(row);
    } catch (error) {
      if (!(error instanceof BlockError)) throw error;
    }
  };
  for (let cut = 0; cut < whole.length; cut++) attempt(whole.subarray(0, cut));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1 }),
      (edits) => {
        const image = Buffer.from(whole);
        for (const [at, value] of edits) image[at] = value;
        attempt(image);
      },
    ),
    { numRuns: propertyRuns(150, 1000) },
  );
});

it('quarantines one bad span with the reason, stores its neighbors, and stores it too when the cause is fixed', async () => {
  const { db, collector, dataDir } = otlp;
  await db.command("ALTER TABLE spans ADD CONSTRAINT no_poison CHECK name != 'poison'");
  const good = Array.from({ length: 9 }, (_, i) => span({ spanId: spanId(100 + i), name: `good ${i}` }));
  const reply = await otlp.postJson(
    ...good.slice(0, 4),
    span({ spanId: spanId(99), name: 'poison' }),
    ...good.slice(4),
  );
  expect(reply.status).toBe(200);
  expect(await names()).toEqual(good.map(({ name }) => name));
  expect(collector.counters.spans).toMatchObject({ acked: 10, inserted: 9, quarantined: 1, spooled: 0 });
  expect(collector.quarantine.rows).toBe(1);

  const lines: string[] = [];
  const command = { dataDir, say: (line: string) => lines.push(line) };
  await sayQuarantine(command);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/1 of spans \(poison, trace 4bf92f3577b34da6a3ce929d0e0e4736\).*no_poison/);
  const files = await readdir(join(dataDir, 'quarantine'));
  expect(
    (await readFile(join(dataDir, 'quarantine', files.find((file) => file.endsWith('.native')) as string))).includes(
      'poison',
    ),
  ).toBe(true);

  await retryFromQuarantine(command, []);
  await expect.poll(() => collector.counters.spans.quarantined, { timeout: 60_000 }).toBe(2);
  expect(await names()).not.toContain('poison');

  await db.command('ALTER TABLE spans DROP CONSTRAINT no_poison');
  await retryFromQuarantine(command, []);
  await expect.poll(names, { timeout: 60_000 }).toContain('poison');
  await expect.poll(() => collector.quarantine.rows, { timeout: 60_000 }).toBe(0);
  const { received, acked, inserted, spooled, quarantined, deduplicated } = collector.counters.spans;
  expect(received).toBe(acked);
  expect(acked).toBe(inserted + spooled + quarantined + deduplicated);
});

it('knows no entry by a name that is a path', async () => {
  const command = { dataDir: otlp.dataDir, say: () => {} };
  await expect(retryFromQuarantine(command, ['../../etc/passwd'])).rejects.toThrow('There is no quarantine entry');
});
