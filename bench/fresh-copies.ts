// Many requests out of few: making and packing a batch costs more than taking it, and a run of three minutes needs
// twenty thousand. A copy has ids and times of its own; its texts are the template's.
import { BYTES, eachBlock, FIXED64, Wire } from '../collector/wire/wire.ts';

export interface Template {
  readonly body: Buffer;
  /** Where ids of 16 and of 8 bytes stand, and times (fixed64, ns since 1970). */
  readonly traceIds: readonly number[];
  readonly spanIds: readonly number[];
  readonly times: readonly number[];
}

/** Finds what has to differ in an ExportTraceServiceRequest. */
export function templateOf(body: Buffer): Template {
  const traceIds: number[] = [];
  const spanIds: number[] = [];
  const times: number[] = [];
  const wire = new Wire(body);
  const spans = (end: number) => {
    while (wire.field(end)) {
      const { number, type } = wire;
      if (type === BYTES) {
        const stop = wire.block(end);
        if (number === 1) traceIds.push(wire.at);
        else if (number === 2 || number === 4) spanIds.push(wire.at);
        wire.at = stop;
      } else if (type === FIXED64) {
        times.push(wire.at);
        wire.fixed64(end);
      } else wire.skip(end);
    }
  };
  eachBlock(wire, body.length, 1, (resource) =>
    eachBlock(wire, resource, 2, (scope) => eachBlock(wire, scope, 2, (span) => spans(span))),
  );
  return { body, traceIds, spanIds, times };
}

/** A copy whose ids are the template's under a mask, so parents still fit, and which happened `laterNs` later. */
export function freshCopy(template: Template, random: () => number, laterNs: bigint): Buffer {
  const copy = Buffer.from(template.body);
  const mask = Array.from({ length: 16 }, () => Math.floor(random() * 256));
  for (const at of template.traceIds)
    for (let i = 0; i < 16; i++) copy[at + i] = (copy[at + i] as number) ^ (mask[i] as number);
  for (const at of template.spanIds)
    for (let i = 0; i < 8; i++) copy[at + i] = (copy[at + i] as number) ^ (mask[i] as number);
  for (const at of template.times) copy.writeBigUInt64LE(copy.readBigUInt64LE(at) + laterNs, at);
  return copy;
}
