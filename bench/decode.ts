// Decode alone: request bytes to a Native block, and the plain way to JSON rows, in turns.
import { ProtobufDecoder } from '../collector/decode/decode-protobuf.ts';
import { SpanWriter } from '../collector/map/write-span.ts';
import { SpanBlock } from '../storage/span-block.ts';
import { cost, median, type Rate, rate } from './measure.ts';
import { naiveRows } from './naive.ts';
import { createWorkload, makeBatch } from './workload.ts';

const BLOCK_ROWS = 8192;

/** Median of `rounds` rounds each, measured in turns so that both see the same neighbours. */
export async function benchDecode(spans: number, rounds: number): Promise<{ ours: Rate; naive: Rate }> {
  const load = createWorkload(1, Date.now());
  const bodies = Array.from({ length: Math.ceil(spans / 512) }, () => makeBatch(load, 512).body);
  const count = bodies.length * 512;
  const decoder = new ProtobufDecoder(new SpanWriter());
  const block = new SpanBlock();
  const columns = () => {
    for (const body of bodies) {
      decoder.decode(body, { projectId: 'default', receivedAtMs: Date.now() }, block);
      if (block.rows < BLOCK_ROWS) continue;
      block.encode();
      block.clear();
    }
  };
  let bytes = 0;
  const objects = () => {
    for (const body of bodies) for (const row of naiveRows(body)) bytes += JSON.stringify(row).length;
  };
  columns();
  objects();
  const ours: Rate[] = [];
  const naive: Rate[] = [];
  for (let i = 0; i < rounds; i++) {
    ours.push(rate(count, await cost(columns)));
    naive.push(rate(count, await cost(objects)));
  }
  if (bytes === 0) throw new Error('the plain way produced nothing');
  const middle = (rates: Rate[]) => median(rates, ({ cpuPerMillion }) => cpuPerMillion);
  return { ours: middle(ours), naive: middle(naive) };
}
