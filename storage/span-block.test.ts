// The hand-made Native blocks against the engine that has to read them.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertBlock } from '../test/support/insert-block.ts';
import { openTestDatabase } from '../test/support/span-rows.ts';
import { propertyRuns } from '../test/support/tier.ts';
import type { Database } from './database.ts';
import { hashBytes } from './native/dictionary.ts';
import { createSpanColumns, SpanBlock } from './span-block.ts';

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

interface Row {
  name: string;
  input: string;
  attributes: [string, string][];
  options: string[];
  tokens: number | null;
}

let nextId = 1;
function append(block: SpanBlock, row: Row): number {
  const id = nextId++;
  const { columns } = block;
  const fixed: Record<string, () => void> = {
    project_id: () => columns.project_id.text('p'),
    received_at: () => columns.received_at.sink.u64(1_795_000_000_000),
    trace_id: () => {
      columns.trace_id.sink.u64(id);
      columns.trace_id.sink.u64(0);
    },
    span_id: () => columns.span_id.sink.u64(id),
    start_time: () => columns.start_time.sink.u64Halves(0x90000000, 0x18ea0000),
    name: () => columns.name.text(row.name),
    input: () => columns.input.text(row.input),
    tokens_in: () => columns.tokens_in.count(row.tokens),
  };
  for (const [name, column] of Object.entries(columns)) {
    if (fixed[name] !== undefined) fixed[name]();
    else if ('values' in column) {
      if (name === 'attributes') {
        for (const [key, value] of row.attributes) {
          const bytes = Buffer.from(key);
          column.key(memo(bytes));
          column.values.text(value);
        }
      }
      column.endRow();
    } else if ('item' in column) {
      for (const option of row.options) {
        const bytes = Buffer.from(option);
        column.item(bytes, 0, bytes.length);
      }
      column.endRow();
    } else if ('count' in column) column.count(null);
    else if ('text' in column) column.text('');
    else column.sink.zeros(widthOf(column.type));
  }
  return id;
}

const widthOf = (type: string): number =>
  ({ UInt8: 1, UInt32: 4, UInt64: 8, 'FixedString(8)': 8, 'FixedString(16)': 16 })[type] ?? 8;

/** A key as a caller keeps it. */
const memo = (bytes: Buffer) => ({ bytes, hash: hashBytes(bytes, 0, bytes.length), owner: null, number: 0 });

async function readBack(): Promise<(Row & { id: number })[]> {
  const rows = await db.query<Record<string, unknown>>(
    `SELECT reinterpretAsUInt64(span_id) AS id, name, input, mapKeys(attributes) AS k, mapValues(attributes) AS v,
       decision_options AS options, tokens_in AS tokens FROM spans ORDER BY id`,
  );
  return rows.map((row) => ({
    id: Number(row.id),
    name: row.name as string,
    input: row.input as string,
    attributes: (row.k as string[]).map((key, i) => [key, (row.v as string[])[i] as string]),
    options: row.options as string[],
    tokens: row.tokens === null ? null : Number(row.tokens),
  }));
}

const texts = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .filter((text) => text.isWellFormed() && !text.includes('\0'));
const rows = fc.array(
  fc.record({
    name: texts,
    input: texts,
    attributes: fc.array(fc.tuple(texts, texts), { maxLength: 6 }),
    options: fc.array(texts, { maxLength: 4 }),
    tokens: fc.option(fc.nat()),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('a block of spans', () => {
  it('has exactly the columns of the table, in its types', async () => {
    const table = await db.query<{ name: string; type: string }>(
      "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'spans' ORDER BY position",
    );
    const ours = Object.entries(createSpanColumns()).map(([name, column]) => ({ name, type: column.type }));
    expect(ours).toEqual(table.map(({ name, type }) => ({ name, type })));
  });

  it('comes back from the engine as it was written, also after rows were cut off and the block used again', async () => {
    const block = new SpanBlock();
    await fc.assert(
      fc.asyncProperty(rows, rows, async (kept, dropped) => {
        await db.command('TRUNCATE TABLE spans');
        block.clear();
        const expected = kept.map((row) => ({ id: append(block, row), ...row }));
        for (const row of dropped) append(block, row);
        block.truncate(kept.length);
        await insertBlock(db, 'spans', block.encode());
        expect(await readBack()).toEqual(expected);
      }),
      { numRuns: propertyRuns(5, 50) },
    );
  });

  it('holds more distinct names than one byte can count', async () => {
    await db.command('TRUNCATE TABLE spans');
    const block = new SpanBlock();
    for (let i = 0; i < 70_000; i++)
      append(block, { name: `name ${i}`, input: '', attributes: [], options: [], tokens: i });
    await insertBlock(db, 'spans', block.encode());
    const [row] = await db.query<{ n: string; ok: string }>(
      "SELECT uniqExact(name) AS n, countIf(name = concat('name ', toString(tokens_in))) AS ok FROM spans",
    );
    expect(row).toEqual({ n: '70000', ok: '70000' });
  });

  it('is refused as a whole when it is cut short, and nothing of it is stored', async () => {
    await db.command('TRUNCATE TABLE spans');
    const block = new SpanBlock();
    append(block, { name: 'a', input: 'b', attributes: [['k', 'v']], options: [], tokens: 1 });
    const body = Buffer.from(block.encode());
    await expect(insertBlock(db, 'spans', body.subarray(0, body.length - 3))).rejects.toThrow();
    expect(await db.query('SELECT 1 FROM spans')).toEqual([]);
  });
});
