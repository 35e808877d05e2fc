// F20: a million distinct attribute keys, ten thousand keys on one span, values of 1 MB, ten thousand services. The
// bounds hold, what they cut is recorded, and no span is dropped for its size.
import { randomBytes } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { MAX_ATTRIBUTES } from '../../collector/map/fields/attribute-list.ts';
import { encodeRequest } from '../support/otlp-proto.ts';
import { requestOf, span } from '../support/otlp-server.ts';
import type { Fault } from './fault.ts';
import { quantile } from './loop-lag.ts';
import { watchMemory } from './memory.ts';
import { send } from './send.ts';
import { withServer } from './server-world.ts';
import { drained, kept } from './settle.ts';

const MAX_RSS_MIB = 1200;
const MAX_VALUE_BYTES = 64 * 1024;

type Span = ReturnType<typeof span>;
const hex = (bytes: number) => randomBytes(bytes).toString('hex');
const text = (value: string) => ({ stringValue: value });

/** A request's spans share a trace. */
function spansWith(count: number, attributesOf: (index: number) => unknown[]): Span[] {
  const traceId = hex(16);
  return Array.from({ length: count }, (_, index) =>
    span({ traceId, spanId: hex(8), attributes: attributesOf(index) }),
  );
}

let nextKey = 0;
const freshKeys = (count: number) =>
  Array.from({ length: count }, () => ({ key: `tenant.${nextKey++}.field`, value: text('v') }));

/** One request at a time, so that the harness does not hold them all. */
function* requests(scale: number): Generator<{ spans: Span[]; body: Buffer }> {
  const plain = (spans: Span[]) => ({ spans, body: encodeRequest(requestOf(...spans)) });
  for (let i = 0; i < 40 / scale; i++) yield plain(spansWith(100, () => freshKeys(250)));
  for (let i = 0; i < 20 / scale; i++) yield plain(spansWith(5, () => freshKeys(10_000)));
  for (let i = 0; i < 20 / scale; i++)
    yield plain(spansWith(5, () => [{ key: 'blob', value: text(hex(1000).repeat(500)) }]));
  for (let i = 0; i < 20 / scale; i++) {
    const spans = spansWith(500, () => []);
    const resourceSpans = spans.map((one, index) => ({
      resource: { attributes: [{ key: 'service.name', value: text(`service-${i}-${index}`) }] },
      scopeSpans: [{ scope: { name: 'test' }, spans: [one] }],
    }));
    yield { spans, body: encodeRequest({ resourceSpans }) };
  }
}

const FACTS = `SELECT count(), sum(dropped_attributes), max(length(attributes)), uniqExact(service),
  max(arrayMax(arrayMap(value -> length(value), arrayConcat([''], mapValues(attributes))))),
  countIf(arrayExists(value -> position(value, ' bytes cut to ') > 0, mapValues(attributes)))
  FROM spans FORMAT TSV`;

export const attributeExplosion: Fault = {
  name: 'F20',
  breaks: '1,000,000 distinct keys, 10,000 keys a span, values of 1 MB, 10,000 services',
  run: (short) =>
    withServer(async ({ ledger, clickhouse, proxy, start, check }) => {
      const scale = short ? 20 : 1;
      const app = await start({ TELLTALE_SPOOL_FLUSH_MS: '1000' });
      const memory = watchMemory(app.pid);
      const refused: string[] = [];
      let sent = 0;
      for (const { spans, body } of requests(scale)) {
        const { status, text: said } = await send(app.otlpUrl, body);
        if (status !== 200 || said.includes('not stored')) refused.push(`${status} ${said.slice(0, 100)}`);
        sent += spans.length;
        await appendFile(ledger, spans.map(({ traceId, spanId }) => `${traceId} ${spanId} 200\n`).join(''));
      }
      await drained(app.apiUrl);
      memory.stop();
      const [rows, droppedAttributes, mostAttributes, services, longestValue, cutValues] = (await clickhouse.run(FACTS))
        .trim()
        .split('\t')
        .map(Number) as [number, number, number, number, number, number];
      const keys = Number(
        await clickhouse.run('SELECT uniqExact(arrayJoin(mapKeys(attributes))) FROM spans FORMAT TSV'),
      );
      const parts = Number(
        await clickhouse.run(
          "SELECT count() FROM system.parts WHERE active AND database = 'telltale' AND table = 'spans' FORMAT TSV",
        ),
      );
      const verdict = await check(app);
      const wide = 100 / scale;
      return {
        ok:
          kept(verdict) &&
          refused.length === 0 &&
          rows === sent &&
          mostAttributes === MAX_ATTRIBUTES &&
          droppedAttributes === wide * (10_000 - MAX_ATTRIBUTES) &&
          longestValue <= MAX_VALUE_BYTES &&
          cutValues === wide &&
          memory.maxMib <= MAX_RSS_MIB,
        figures: {
          spans: rows,
          distinctKeysStored: keys,
          services,
          mostAttributes,
          droppedAttributes,
          longestValue,
          cutValues,
          rssMib: memory.maxMib,
          insertP99Ms: quantile(
            proxy.seen.map(({ ms }) => ms),
            0.99,
          ),
          parts,
          ...verdict,
        },
        notes: refused.slice(0, 3).join('; '),
      };
    }),
};
