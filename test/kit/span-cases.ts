// Kit: a trace and its spans come back as they were sent.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spanDetailSchema } from '#contracts/span';
import { readSpan } from '#storage/read-span';
import { readTrace } from '#storage/read-trace';
import { id, insertSpans, NOW_MS, span } from '../support/span-rows.ts';
import type { OpenStore } from './use-store.ts';

const HOSTILE_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
  'a.b',
  "it's",
  '"',
  '\\',
  '\n',
  '💥',
  '<b>',
];

export function describeSpanReading(store: OpenStore): void {
  describe('traces and spans', () => {
    const read = (projectId: string, spanNumber: number) =>
      readSpan(store.db, projectId, id(1, 32), id(spanNumber, 16));

    test('an unknown trace and an unknown span are null', async () => {
      const projectId = store.newProject();
      expect(await readTrace(store.db, projectId, id(1, 32))).toBeNull();
      await insertSpans(store.db, [span(1, 1, { project_id: projectId })]);
      expect(await read(projectId, 2)).toBeNull();
      expect((await read(projectId, 1))?.spanId).toBe(id(1, 16));
    });

    test('what is absent is null, not an empty text and not zero', async () => {
      const projectId = store.newProject();
      await insertSpans(store.db, [span(1, 1, { project_id: projectId })]);
      const detail = spanDetailSchema.parse(await read(projectId, 1));
      const nulls = Object.entries(detail).filter(([, value]) => value === null);
      expect(nulls.map(([key]) => key)).toEqual(
        expect.arrayContaining([
          'parentSpanId',
          'agent',
          'errorType',
          'tokensIn',
          'costUsd',
          'input',
          'decision',
          'retryAttempt',
        ]),
      );
      expect(detail).toMatchObject({
        attributes: {},
        events: [],
        links: [],
        scope: { name: '', version: '', attributes: {} },
      });
    });

    test('a time is exact to the nanosecond and a count to the last digit', async () => {
      const projectId = store.newProject();
      await insertSpans(store.db, [
        span(1, 1, {
          project_id: projectId,
          start_time: '2026-11-20 23:59:59.999999999',
          duration_ns: '2',
          tokens_in: String(Number.MAX_SAFE_INTEGER),
          attributes: { big: '9223372036854775807', small: '-9007199254740991' },
          attribute_types: 'ii',
        }),
      ]);
      expect(await read(projectId, 1)).toMatchObject({
        startTime: '2026-11-20T23:59:59.999999999Z',
        endTime: '2026-11-21T00:00:00.000000001Z',
        durationMs: 0.000002,
        tokensIn: Number.MAX_SAFE_INTEGER,
        attributes: { big: '9223372036854775807', small: -9007199254740991 },
      });
    });

    test('attributes come back in their types, and inputs and outputs in their places', async () => {
      const projectId = store.newProject();
      const values = {
        s: 'text',
        i: '42',
        d: '0.1',
        nan: 'NaN',
        inf: '-Infinity',
        b: 'true',
        a: '["x",1]',
        k: '{"y":null}',
        x: 'AAE=',
        n: '',
      };
      const text = 'a,"b"\n'.repeat(50);
      await insertSpans(store.db, [
        span(1, 1, {
          project_id: projectId,
          attributes: { ...values, 'input.value': '', 'output.value': '' },
          attribute_types: 'sidddbakxnIO',
          input: text,
          output: '{"ok":true}',
          resource: { 'service.name': 'shop', 'process.pid': '7' },
          resource_types: 'si',
          scope_name: 'lib',
          scope_attributes: '{"x":1}',
          events: JSON.stringify([{ name: 'e', timeUnixNano: '1795176000000000001', attributes: [['n', 'i', '1']] }]),
          links: JSON.stringify([
            { traceId: id(5, 32), spanId: id(6, 16), traceState: '', flags: 0, attributes: [['b', 'b', 'false']] },
          ]),
        }),
      ]);
      const detail = await read(projectId, 1);
      expect(detail?.attributes).toEqual({
        ...{
          s: 'text',
          i: 42,
          d: 0.1,
          nan: 'NaN',
          inf: '-Infinity',
          b: true,
          a: ['x', 1],
          k: { y: null },
          x: 'AAE=',
          n: null,
        },
        'input.value': text,
        'output.value': '{"ok":true}',
      });
      expect(detail).toMatchObject({
        input: text,
        resource: { 'service.name': 'shop', 'process.pid': 7 },
        scope: { name: 'lib', version: '', attributes: { x: 1 } },
        events: [{ name: 'e', time: '2026-11-20T12:00:00.000000001Z', attributes: { n: 1 } }],
        links: [{ traceId: id(5, 32), spanId: id(6, 16), attributes: { b: false } }],
      });
    });

    test('hostile keys are keys like any other, and no object learns from them', async () => {
      const projectId = store.newProject();
      const own = Object.getOwnPropertyNames(Object.prototype);
      const triples = HOSTILE_KEYS.map((key) => [key, 's', 'polluted']);
      await insertSpans(store.db, [
        span(1, 1, {
          project_id: projectId,
          attributes: Object.fromEntries(HOSTILE_KEYS.map((key) => [key, 'polluted'])),
          attribute_types: 's'.repeat(HOSTILE_KEYS.length),
          events: JSON.stringify([{ name: 'e', timeUnixNano: '0', attributes: triples }]),
          scope_attributes: '{"__proto__":{"polluted":1}}',
        }),
      ]);
      const detail = await read(projectId, 1);
      expect(Object.keys(detail?.attributes ?? {}).sort()).toEqual([...HOSTILE_KEYS].sort());
      expect(Object.keys(detail?.events[0]?.attributes ?? {}).sort()).toEqual([...HOSTILE_KEYS].sort());
      expect(Object.getPrototypeOf(detail?.attributes)).toBe(Object.prototype);
      expect(Object.getPrototypeOf(detail?.scope.attributes)).toBe(Object.prototype);
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(own);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    });

    test('any text comes back as it was, in names, messages, payloads and attributes', async () => {
      const projectId = store.newProject();
      const texts = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), { numRuns: 200, seed: 7 });
      texts.push('Ωμέγα 日本語 مرحبا Привет 👩‍👩‍👧', '\n\n; DROP TABLE spans --', "'", '\\', '\u0000', '\u2028', '%_');
      const rows = texts.map((text, i) =>
        span(1, i + 1, {
          project_id: projectId,
          name: text,
          error_message: text,
          input: text,
          attributes: { k: text },
          attribute_types: 's',
        }),
      );
      await insertSpans(store.db, rows);
      const trace = await readTrace(store.db, projectId, id(1, 32), NOW_MS);
      expect(trace?.spans.map((row) => row.name)).toEqual(texts);
      for (const i of [0, 50, 150, texts.length - 4, texts.length - 3, texts.length - 1]) {
        const detail = await read(projectId, i + 1);
        expect(detail).toMatchObject({ input: texts[i], errorMessage: texts[i], attributes: { k: texts[i] } });
      }
    });

    test('a message is cut to 500 characters between characters', async () => {
      const projectId = store.newProject();
      await insertSpans(store.db, [span(1, 1, { project_id: projectId, error_message: '👍'.repeat(600) })]);
      expect((await read(projectId, 1))?.errorMessage).toBe('👍'.repeat(500));
    });
  });
}
