import { Redactor } from '../collector/redact/redactor.ts';
import { ProtobufDecoder } from '../collector/otlp/decode-protobuf.ts';
import { SpanWriter } from '../collector/write-span.ts';
import { SpanBlock } from '#storage/span-block';
import { createWorkload, makeBatch } from './workload.ts';
const load = createWorkload(3, 1_795_000_000_000);
const bodies = Array.from({ length: 24 }, () => makeBatch(load, 512).body);
class R extends Redactor { texts: string[] = []; override text(b: Buffer, s: number, e: number, f: any) { this.texts.push(b.toString('utf8', s, e)); super.text(b, s, e, f); } }
const r = new R('secrets'); const block = new SpanBlock();
const d = new ProtobufDecoder(new SpanWriter(), r);
for (const b of bodies.slice(0, 1)) d.decode(Buffer.from(b), { projectId: 'd', receivedAtMs: 1 }, block);
console.log(r.texts.length / 512, 'texts a span', r.texts.reduce((n, t) => n + t.length, 0) / 512, 'chars a span');
const byLen: Record<string, number> = {}; for (const t of r.texts) { const k = t.length < 9 ? '<9' : t.length < 20 ? '<20' : t.length < 50 ? '<50' : t.length < 200 ? '<200' : 'more'; byLen[k] = (byLen[k] ?? 0) + 1; } console.log(byLen);
console.log([...new Set(r.texts.slice(0, 120))].map((t) => t.slice(0, 160)).join('\n'));
console.log(r.stats.masked);
