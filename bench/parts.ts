// Where the time goes: each part of a span's way alone, in CPU seconds per million spans.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Database } from '#storage/database';
import { SpanBlock } from '#storage/span-block';
import { ProtobufDecoder } from '../collector/decode/decode-protobuf.ts';
import { SpanWriter } from '../collector/map/write-span.ts';
import { Redactor } from '../collector/redact/redactor.ts';
import { cost, median } from './measure.ts';
import { createWorkload, makeBatch } from './workload.ts';

const BATCHES = 80;
const BATCH_SPANS = 512;
const SPANS = BATCHES * BATCH_SPANS;
const ROUNDS = 7;
const FRAME = { nonce: '0123456789abcdef', number: 0 };

/** Lines of a table. Needs an empty database that nothing else uses. */
export async function measureParts(db: Database, folder: string): Promise<string[]> {
  const load = createWorkload(3, Date.now());
  const bodies = Array.from({ length: BATCHES }, () => makeBatch(load, BATCH_SPANS).body);
  const packed = bodies.map((body) => gzipSync(body, { level: 1 }));
  const block = new SpanBlock();
  const decodeAll = (redactor: Redactor) => {
    const decoder = new ProtobufDecoder(new SpanWriter(), redactor);
    return () => {
      block.clear();
      for (const body of bodies) decoder.decode(body, { projectId: 'default', receivedAtMs: Date.now() }, block);
    };
  };
  const masked = decodeAll(new Redactor('secrets'));
  const file = join(folder, 'parts.native');
  let inserts = 0;
  const insert = async () => {
    await db.insertFile('spans', file, `parts-${inserts++}`);
  };
  const lines: string[] = [];
  const measure = async (name: string, work: () => unknown) => {
    const runs: number[] = [];
    for (let i = 0; i < ROUNDS; i++) runs.push(((await cost(work)).cpuSeconds / SPANS) * 1e6);
    const middle = median(runs, (value) => value);
    lines.push(`| ${name} | ${middle.toFixed(1)} | ${Math.round(1e6 / middle).toLocaleString('en')} |`);
  };
  await measure('gunzip', () => {
    for (const body of packed) gunzipSync(body, { chunkSize: 1 << 20 });
  });
  await measure('hash of the request (finds repeats)', () => {
    for (const body of bodies) createHash('sha256').update(body).digest();
  });
  await measure('decode into columns, secrets not masked', decodeAll(new Redactor('off')));
  await measure('decode into columns, secrets masked', masked);
  await measure('encode and checksum the block', () => block.encode(FRAME));
  await writeFile(file, block.encode(FRAME));
  await db.command('SYSTEM STOP MERGES');
  await measure('insert of 40,960 rows, four views, no merges', insert);
  for (const view of ['runs', 'trace_index', 'decisions', 'errors']) await db.command(`DROP VIEW ${view}_from_spans`);
  await measure('the same without views', insert);
  return [`| part (median of ${ROUNDS}) | CPU s per million | spans/s a core |`, '|---|---|---|', ...lines];
}
