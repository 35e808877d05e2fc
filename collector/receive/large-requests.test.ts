// Large requests: who is served beside them, and what becomes of one that nobody waits for any more.
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SpanBlock } from '#storage/span-block';
import { encodeRequest } from '../../test/support/otlp-proto.ts';
import { type OtlpServer, openOtlpServer, PROTOBUF, requestOf, span } from '../../test/support/otlp-server.ts';
import { block, int } from '../../test/support/protobuf-fields.ts';
import { openSpoolWorld, type SpoolWorld } from '../../test/support/spool-world.ts';
import { IS_FULL_TIER } from '../../test/support/tier.ts';
import { UnavailableError } from '../decode/codec.ts';
import { jsonToProtobuf } from '../decode/json-to-protobuf.ts';
import { spanCodec } from '../decode/span-codec.ts';
import { createIngest, type Ingest } from './ingest.ts';

/** The default batch of a Collector; in the small tier less, since the test's own encoder takes its time. */
const RESOURCES = IS_FULL_TIER ? 8192 : 2500;

let lastSpan = 0;
const spanId = () => (++lastSpan).toString(16).padStart(16, '0');
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const small = () => encodeRequest(requestOf(span({ spanId: spanId() })));

/** One span in each resource, 13 attributes in each resource: what a Collector makes of many small agents. */
const manyResources = (resources: number): Buffer =>
  encodeRequest({
    resourceSpans: Array.from({ length: resources }, (_, r) => ({
      resource: {
        attributes: [
          text('service.name', `svc-${r % 40}`),
          ...Array.from({ length: 12 }, (_, i) => text(`k8s.label.${i}`, `value ${i} ${r}`)),
        ],
      },
      scopeSpans: [{ scope: { name: 's' }, spans: [span({ spanId: spanId() })] }],
    })),
  });

describe('through the whole collector', () => {
  let otlp: OtlpServer;
  beforeAll(async () => {
    otlp = await openOtlpServer();
  });
  afterAll(() => otlp.close());

  it('takes a Collector’s default batch of one span per resource, and small requests beside it', async () => {
    const before = await otlp.stored();
    const replies = await Promise.all([
      otlp.post(manyResources(RESOURCES), PROTOBUF),
      ...Array.from({ length: 10 }, () => otlp.post(small(), PROTOBUF)),
    ]);
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(await otlp.stored()).toBe(before + RESOURCES + 10);
  });

  it('takes thousands of resources of one log record', async () => {
    const logs = Array.from({ length: RESOURCES }, (_, r) =>
      block(
        1,
        block(1, block(1, block(1, 'service.name'), block(2, block(1, `svc-${r % 40}`)))),
        block(2, block(2, int(2, 9), block(5, block(1, `line ${r}`)))),
      ),
    );
    expect((await otlp.post(Buffer.concat(logs), PROTOBUF, '/v1/logs')).status).toBe(200);
    const [row] = await otlp.db.query<{ n: string; services: string }>(
      'SELECT count() AS n, uniqExact(service) AS services FROM logs',
    );
    expect(row).toEqual({ n: String(RESOURCES), services: '40' });
    expect(otlp.collector.counters.logs).toMatchObject({ received: RESOURCES, acked: RESOURCES, inserted: RESOURCES });
  });

  it('goes on with a request whose sender has left, and answers the same bytes from what it became', async () => {
    const before = await otlp.stored();
    const body = manyResources(2001);
    const { port } = new URL(otlp.collector.url);
    await new Promise<void>((resolve) => {
      const request = httpRequest({ port, method: 'POST', path: '/v1/traces', headers: PROTOBUF });
      request.on('error', () => resolve());
      // Sent whole, then gone without waiting for the answer.
      request.end(body, () => request.destroy());
    });
    expect((await otlp.post(body, PROTOBUF)).status).toBe(200);
    expect(await otlp.stored()).toBe(before + 2001);
  });
});

describe('in the queue of large requests', () => {
  let dir: string;
  let world: SpoolWorld;
  let ingest: Ingest;
  let rows: number[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'telltale-large-'));
    world = await openSpoolWorld(dir);
    rows = [];
    const codec = spanCodec(jsonToProtobuf);
    ingest = createIngest({
      projectId: 'default',
      queue: world.spool.writeQueue('notes', () => new SpanBlock()),
      codec: {
        ...codec,
        async decodeInSlices(bytes, batch) {
          const sliced = await codec.decodeInSlices(bytes, batch);
          rows.push(sliced.decoded.accepted);
          return sliced;
        },
      },
      fullBecause: () => null,
      counters: world.counters,
      now: () => 1_795_386_336_000,
    });
  });
  afterEach(async () => {
    await world.spool.close(1000);
    await rm(dir, { recursive: true, force: true });
  });

  const gone = { isWaiting: () => false };
  const waiting = { isWaiting: () => true };

  it('is a small body whose rows repeat a large resource', async () => {
    const resource = { attributes: [text('k', 'x'.repeat(60_000))] };
    const spans = Array.from({ length: 200 }, () => span({ spanId: spanId() }));
    await ingest(encodeRequest({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }), 'protobuf');
    expect(rows).toEqual([200]);
    await ingest(encodeRequest(requestOf(...spans)), 'protobuf');
    expect(rows).toEqual([200]);
    expect(world.counters).toMatchObject({ received: 400, acked: 400 });
  });

  it('one that nobody waits for is not decoded, and is taken as new when it is sent again', async () => {
    const [first, left, last] = [manyResources(2001), manyResources(2002), manyResources(2003)];
    const answers = [
      ingest(first, 'protobuf', waiting),
      ingest(left, 'protobuf', gone),
      ingest(last, 'protobuf', waiting),
    ];
    const [one, two, three] = await Promise.allSettled(answers);
    expect([one?.status, three?.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(two).toMatchObject({ status: 'rejected', reason: expect.any(UnavailableError) });
    expect(rows).toEqual([2001, 2003]);
    expect(world.counters).toMatchObject({ received: 4004, acked: 4004 });
    await ingest(left, 'protobuf', waiting);
    expect(rows).toEqual([2001, 2003, 2002]);
    expect(world.counters).toMatchObject({ received: 6006, acked: 6006 });
  });

  it('one is decoded while another sender of the same bytes waits', async () => {
    const [first, twice] = [manyResources(2001), manyResources(2002)];
    const before = ingest(first, 'protobuf', waiting);
    const answers = await Promise.all([ingest(twice, 'protobuf', gone), ingest(twice, 'protobuf', waiting)]);
    await before;
    expect(answers).toEqual([
      { rejected: 0, message: '' },
      { rejected: 0, message: '' },
    ]);
    expect(rows).toEqual([2001, 2002]);
    expect(world.counters).toMatchObject({ received: 6005, acked: 6005, deduplicated: 2002 });
  });

  it('a malformed one does not stop those behind it', async () => {
    const good = manyResources(2001);
    const broken = Buffer.concat([manyResources(2002), Buffer.from([0x0a, 0x06, 0x12, 0x04, 0x12, 0x02, 0x0a, 0x7f])]);
    const [bad, taken] = await Promise.allSettled([ingest(broken, 'protobuf'), ingest(good, 'protobuf')]);
    expect([bad?.status, taken?.status]).toEqual(['rejected', 'fulfilled']);
    expect(world.counters).toMatchObject({ received: 2001, acked: 2001 });
  });
});
