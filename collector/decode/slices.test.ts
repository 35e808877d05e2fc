// A request decoded in slices gives the rows it gives in one go, wherever the slices end, and each part of it is read once.
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LogBlock } from '#storage/log-block';
import { OpenStepBlock } from '#storage/open-step-block';
import { SpanBlock } from '#storage/span-block';
import { block, fixed64 } from '../../test/support/protobuf-fields.ts';
import { attribute, id, logOf, requestOf, resource, START, spanOf } from '../../test/support/request-shapes.ts';
import { propertyRuns } from '../../test/support/tier.ts';
import { Rules } from '../map/dialects/rules.ts';
import { ResourceContext } from '../map/fields/resource-context.ts';
import { SpanFields } from '../map/fields/span-fields.ts';
import { SpanWriter } from '../map/write-span.ts';
import { measureRequest } from '../receive/measure-request.ts';
import { Redactor } from '../redact/redactor.ts';
import { MalformedError } from '../wire/wire.ts';
import { LogsDecoder } from './decode-logs.ts';
import { ProtobufDecoder } from './decode-protobuf.ts';
import { RefusedError } from './refused.ts';
import type { Slicing } from './slices.ts';

const BATCH = { projectId: 'default', receivedAtMs: 1_795_386_336_000 };
/** One key, so that equal secrets get equal masks whoever masks them. */
const redactor = () => new Redactor('secrets', Buffer.alloc(32, 1));
const spans = new ProtobufDecoder(new SpanWriter(), redactor());
const logs = new LogsDecoder(new Rules(), redactor());

/** Slices that end after each `steps` steps; counts them. */
function everySteps(steps: number): Slicing & { slices: number; steps: number } {
  const slicing = {
    slices: 0,
    steps: 0,
    begin() {
      slicing.slices++;
      let left = steps;
      return () => {
        slicing.steps++;
        return --left === 0;
      };
    },
    rest: () => Promise.resolve(),
  };
  return slicing;
}

const hex = (each: { encode(): Buffer }) => each.encode().toString('hex');

describe('spans', () => {
  it('in slices are the same as in one go, wherever the slices end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(resource, { maxLength: 4 }), fc.integer({ min: 1, max: 40 }), async (shape, steps) => {
        const bytes = requestOf(shape, spanOf);
        const whole = new SpanBlock();
        const decoded = spans.decode(Buffer.from(bytes), BATCH, whole);
        const sliced = await spans.decodeInSlices(Buffer.from(bytes), BATCH, everySteps(steps));
        expect(sliced.decoded).toEqual(decoded);
        expect(sliced.blocks.map(hex)).toEqual(whole.rows === 0 ? [] : [hex(whole)]);
        const shapes = shape.flatMap(({ scopes }) => scopes.flatMap(({ records }) => records));
        const { accepted, superseded, rejected } = decoded;
        const all = Object.values(rejected).reduce((sum, spans) => sum + spans, accepted + superseded);
        expect(all).toBe(shapes.length);
        expect(measureRequest(bytes, 'spans').records).toBe(shapes.length);
      }),
      { numRuns: propertyRuns(60, 2000) },
    );
  });

  it('end a slice at every possible place of one request', async () => {
    const kinds = ['good', 'pending', 'no trace', 'empty', 'secret'] as const;
    const records = kinds.map((kind) => ({ kind }));
    const scopes = (['first', 'last', 'none'] as const).map((own) => ({ records, own, unknown: true }));
    const empty = { scopes: [], own: 'first', unknown: false } as const;
    const bytes = requestOf(
      [empty, { scopes, own: 'last', unknown: true }, empty, { scopes, own: 'twice', unknown: false }],
      spanOf,
    );
    const whole = new SpanBlock();
    spans.decode(Buffer.from(bytes), BATCH, whole);
    const all = everySteps(Number.POSITIVE_INFINITY);
    await spans.decodeInSlices(Buffer.from(bytes), BATCH, all);
    expect(all.slices).toBe(1);
    expect(all.steps).toBeGreaterThan(30);
    for (let first = 1; first <= all.steps; first++) {
      // One slice of `first` steps, then all the rest.
      const slicing: Slicing = {
        begin: () => {
          let left = first;
          return () => --left === 0;
        },
        rest: () => Promise.resolve(),
      };
      const { blocks } = await spans.decodeInSlices(Buffer.from(bytes), BATCH, slicing);
      expect(blocks.map(hex), `after ${first} steps`).toEqual([hex(whole)]);
    }
  });

  it('that are cut off are refused, and malformed in the last resource too', async () => {
    const bytes = requestOf(
      [{ scopes: [{ records: [{ kind: 'good' }], own: 'first', unknown: false }], own: 'first', unknown: false }],
      spanOf,
    );
    for (let cut = 1; cut < bytes.length; cut++) {
      const decoding = spans.decodeInSlices(Buffer.concat([bytes, bytes.subarray(0, cut)]), BATCH, everySteps(2));
      await expect(decoding, `cut at ${cut}`).rejects.toThrow(MalformedError);
    }
  });

  it('are refused when their rows would take more memory than a request may', async () => {
    const shape = {
      scopes: [
        {
          records: Array.from({ length: 50 }, () => ({ kind: 'good' as const })),
          own: 'first' as const,
          unknown: false,
        },
      ],
      own: 'first' as const,
      unknown: false,
    };
    const bytes = requestOf([shape], spanOf);
    const refused = spans.decodeInSlices(bytes, BATCH, everySteps(3), 500);
    await expect(refused).rejects.toThrow(/send smaller batches/);
    await expect(refused).rejects.toBeInstanceOf(RefusedError);
  });
});

describe('log records', () => {
  it('in slices are the same as in one go, wherever the slices end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(resource, { maxLength: 4 }), fc.integer({ min: 1, max: 40 }), async (shape, steps) => {
        const bytes = requestOf(shape, logOf);
        const [whole, wholeSteps] = [new LogBlock(), new OpenStepBlock()];
        const decoded = logs.decode(Buffer.from(bytes), BATCH, whole, wholeSteps);
        const sliced = await logs.decodeInSlices(Buffer.from(bytes), BATCH, true, everySteps(steps));
        expect(sliced.decoded).toEqual(decoded);
        expect(sliced.blocks.map(hex)).toEqual(whole.rows === 0 ? [] : [hex(whole)]);
        expect(sliced.stepBlocks.map(hex)).toEqual(wholeSteps.rows === 0 ? [] : [hex(wholeSteps)]);
      }),
      { numRuns: propertyRuns(40, 1500) },
    );
  });
});

describe('the work for a request', () => {
  afterEach(() => vi.restoreAllMocks());
  const one = { records: [{ kind: 'good' as const }], own: 'first' as const, unknown: false };
  const manyResources = (n: number) =>
    Array.from({ length: n }, () => ({ scopes: [one], own: 'first' as const, unknown: false }));
  const manyScopes = (n: number) => [
    { scopes: Array.from({ length: n }, () => one), own: 'first' as const, unknown: false },
  ];

  it.each([
    ['resources of one span', manyResources, 4_000],
    ['scopes of one span in one resource', manyScopes, 1],
  ])('of 4,000 %s is each part once, however many slices there are', async (_what, shape, resources) => {
    const read = vi.spyOn(ResourceContext.prototype, 'readResource');
    const given = vi.spyOn(ResourceContext.prototype, 'resourceRead');
    const scopes = vi.spyOn(ResourceContext.prototype, 'readScope');
    const each = vi.spyOn(SpanFields.prototype, 'read');
    const slicing = everySteps(8);
    const { decoded } = await spans.decodeInSlices(requestOf(shape(4_000), spanOf), BATCH, slicing);
    expect(decoded.accepted).toBe(4_000);
    expect(read).toHaveBeenCalledTimes(resources);
    expect(given).toHaveBeenCalledTimes(resources);
    expect(scopes).toHaveBeenCalledTimes(4_000);
    expect(each).toHaveBeenCalledTimes(4_000);
    // A few steps for each part: with twice the parts, twice the steps.
    expect(slicing.steps).toBeLessThan(10 * 4_000);
    expect(slicing.slices).toBeGreaterThan(1_000);
  });

  it('of 4,000 resources of one log record is each part once', async () => {
    const read = vi.spyOn(ResourceContext.prototype, 'readResource');
    const slicing = everySteps(8);
    const { decoded } = await logs.decodeInSlices(requestOf(manyResources(4_000), logOf), BATCH, true, slicing);
    expect(decoded.accepted).toBe(4_000);
    expect(read).toHaveBeenCalledTimes(4_000);
    expect(slicing.steps).toBeLessThan(10 * 4_000);
  });

  it('of a resource whose message comes in 5,000 parts is one look at the whole', async () => {
    const masked = vi.spyOn(Redactor.prototype, 'text');
    const parts = Array.from({ length: 5000 }, (_, i) => block(1, attribute(1, `key.${i % 50}`, `value ${i}`)));
    const bytes = block(1, ...parts, block(2, spanOf({ kind: 'good' })));
    const { blocks, decoded } = await spans.decodeInSlices(bytes, BATCH, everySteps(100));
    expect(decoded.accepted).toBe(1);
    expect(masked.mock.calls.length).toBeLessThan(300);
    // The first 256 attributes stay; what was left out is counted on the span.
    expect(blocks[0]?.columns.dropped_attributes.sink.bytes.readUInt32LE(0)).toBe(5000 - 256);
  });

  it('of a log record and an event with thousands of attributes ends at 256', async () => {
    const many = (number: number) => Array.from({ length: 5000 }, (_, i) => attribute(number, `key.${i}`, 'v'));
    const counting = redactor();
    const line = block(1, block(2, block(2, fixed64(1, START), ...many(6))));
    const log = await new LogsDecoder(new Rules(), counting).decodeInSlices(line, BATCH);
    expect(log.decoded.accepted).toBe(1);
    expect(counting.stats.droppedAttributes).toBe(5000 - 256);
    const event = block(11, block(2, 'e'), ...many(3));
    const withEvent = block(1, block(2, block(2, id(1, 16, 7), id(2, 8, 7), fixed64(7, START), event)));
    const one = await new ProtobufDecoder(new SpanWriter(), counting).decodeInSlices(withEvent, BATCH);
    expect(one.decoded.accepted).toBe(1);
    expect(counting.stats.droppedAttributes).toBe(2 * (5000 - 256));
  });

  it('of very many empty parts rests all the way', async () => {
    const slicing = everySteps(4);
    const resources = (n: number) => Buffer.alloc(2 * n, Buffer.from([0x0a, 0x00]));
    await spans.decodeInSlices(resources(100_000), BATCH, slicing);
    expect(slicing.slices).toBeGreaterThan(25_000);
    await expect(spans.decodeInSlices(resources(100_001), BATCH, slicing)).rejects.toThrow(/100000 resources/);
    const scopes = (n: number) => block(1, Buffer.alloc(2 * n, Buffer.from([0x12, 0x00])));
    await expect(spans.decodeInSlices(scopes(100_001), BATCH, slicing)).rejects.toThrow(/100000 scopes/);
    const unknown = everySteps(1);
    await spans.decodeInSlices(Buffer.alloc(400_000, Buffer.from([0x12, 0x00])), BATCH, unknown);
    expect(unknown.slices).toBeGreaterThan(300);
  });
});
