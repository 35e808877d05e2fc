// What masking costs a span, beside another version in the same run: `tsx bench/redaction.ts
// [folder of the other version] [--json]`.
// Both decode the same requests in turns, so that what the machine gives at the moment is given to both.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SpanBlock } from '#storage/span-block';
import { ProtobufDecoder } from '../collector/decode/decode-protobuf.ts';
import { SpanWriter } from '../collector/map/write-span.ts';
import { Redactor } from '../collector/redact/redactor.ts';
import { encodeRequest } from '../test/support/otlp-proto.ts';
import { cost, machine, median } from './measure.ts';
import { createWorkload, makeBatch } from './workload.ts';

const BATCHES = 24;
const BATCH_SPANS = 512;
const SPANS = BATCHES * BATCH_SPANS;
const ROUNDS = 21;

const load = createWorkload(3, 1_795_000_000_000);
/** `prose`: the spans of the other benchmarks. `json`: a tool's result of 2 KB each, with names, ids, prices and addresses. */
const isJson = process.argv.includes('--json');
const bodies = Array.from({ length: BATCHES }, () => (isJson ? jsonBatch() : makeBatch(load, BATCH_SPANS).body));

function jsonBatch(): Buffer {
  const { random } = load;
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const item = () => ({
    id: hex(32),
    orderId: Math.floor(random() * 1e9),
    price: random() * 100,
    status: 'shipped',
    url: `https://shop.example.com/orders/${hex(12)}?ref=mail&page=2`,
    note: 'the parcel was handed over at 12:30, see the list',
    tokens: { input_tokens: 512, max_tokens: 4096 },
  });
  const span = () => ({
    traceId: hex(32),
    spanId: hex(16),
    name: 'execute_tool orders.lookup',
    startTimeUnixNano: '1795000000000000000',
    endTimeUnixNano: '1795000001000000000',
    attributes: [
      { key: 'gen_ai.operation.name', value: { stringValue: 'execute_tool' } },
      {
        key: 'gen_ai.tool.call.result',
        value: { stringValue: JSON.stringify([item(), item(), item(), item(), item(), item(), item()]) },
      },
    ],
  });
  return encodeRequest({ resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: BATCH_SPANS }, span) }] }] });
}

/** Decodes all requests; copies first, since masking writes into them. */
interface Decoder {
  decode(body: Buffer, batch: { projectId: string; receivedAtMs: number }, block: SpanBlock): unknown;
}
function decodeAll(decoder: Decoder, block: SpanBlock): () => void {
  return () => {
    block.clear();
    for (const body of bodies) decoder.decode(Buffer.from(body), { projectId: 'default', receivedAtMs: 1 }, block);
  };
}

async function otherVersion(folder: string): Promise<(mode: 'secrets' | 'off') => () => void> {
  const from = async (file: string) => import(pathToFileURL(join(folder, file)).href);
  const [decoding, redaction, writing, blocks] = await Promise.all(
    [
      'collector/decode/decode-protobuf.ts',
      'collector/redact/redactor.ts',
      'collector/map/write-span.ts',
      'storage/span-block.ts',
    ].map(from),
  );
  return (mode) =>
    decodeAll(
      new decoding.ProtobufDecoder(new writing.SpanWriter(), new redaction.Redactor(mode)),
      new blocks.SpanBlock(),
    );
}

const works: [name: string, work: () => void][] = (['off', 'secrets'] as const).map((mode) => [
  `this version, ${mode}`,
  decodeAll(new ProtobufDecoder(new SpanWriter(), new Redactor(mode)), new SpanBlock()),
]);
const folder = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
if (folder !== undefined) {
  const make = await otherVersion(folder);
  works.push(['other version, off', make('off')], ['other version, secrets', make('secrets')]);
}
const runs = works.map((): number[] => []);
for (let round = 0; round < ROUNDS + 3; round++) {
  for (const [i, [, work]] of works.entries()) {
    const { cpuSeconds } = await cost(work);
    if (round >= 3) runs[i]?.push((cpuSeconds / SPANS) * 1e6);
  }
}
const middle = runs.map((each) => median(each, (value) => value));
console.log(machine());
console.log(`| decoding, median of ${ROUNDS} rounds of ${SPANS} spans in turns | CPU µs a span |\n|---|---|`);
for (const [i, [name]] of works.entries()) console.log(`| ${name} | ${(middle[i] as number).toFixed(2)} |`);
const [off, masked, otherOff, otherMasked] = middle as [number, number, number?, number?];
console.log(`masking: ${(masked - off).toFixed(2)} µs a span`);
if (otherOff !== undefined && otherMasked !== undefined) {
  console.log(`masking in the other version: ${(otherMasked - otherOff).toFixed(2)} µs a span`);
  console.log(`decoding with masking, against the other version: ${(masked / otherMasked).toFixed(3)} ×`);
}
