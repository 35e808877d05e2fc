// A block under construction in ClickHouse's Native format: one column object per column of a table, written straight
// from a request's bytes; no object is made per row. A framed block carries its own length and checksum and can still
// be inserted as it is.
import { crc32 } from 'node:zlib';
import { ByteSink } from './byte-sink.ts';
import type { Column } from './columns.ts';
import { FRAME_NAME_BYTES, type FrameId, frameNameStart, hex8 } from './frame.ts';
import { CHECKSUM_DIGITS } from './frame-layout.ts';

export class NativeBlock<Columns extends object> {
  readonly columns: Columns;
  readonly #all: [string, Column][];
  readonly #first: Column;
  readonly #encoded = new ByteSink(1 << 16);

  constructor(columns: Columns) {
    this.columns = columns;
    this.#all = Object.entries(columns) as [string, Column][];
    this.#first = (this.#all[0] as [string, Column])[1];
  }

  get rows(): number {
    return this.#first.rows;
  }

  /** Drops every row from `rows` on: the way back when a request turns out to be undecodable. */
  truncate(rows: number): void {
    // Every column, also one that has no more rows: a row that broke half-way may have left items without an end.
    for (const [, column] of this.#all) column.truncate(rows);
  }

  /** How many names were cut to their bound since this was last asked. */
  takeCutNames(): number {
    let count = 0;
    for (const [, column] of this.#all) {
      if (!column.cutNames) continue;
      count += column.cutNames;
      column.cutNames = 0;
    }
    return count;
  }

  clear(): void {
    for (const [, column] of this.#all) column.clear();
  }

  /**
   * The block's bytes, in a buffer that the next `encode` uses again.
   * @param frame when given, a first column comes before the others whose name is the block's length and checksum and
   * whose values mean nothing; the engine skips columns that a table does not have (frame.ts)
   * @throws when the columns differ in length, which is a bug in the caller
   */
  encode(frame?: FrameId): Buffer {
    const out = this.#encoded;
    const { rows } = this;
    out.length = 0;
    out.varint(this.#all.length + (frame === undefined ? 0 : 1));
    out.varint(rows);
    let nameAt = 0;
    if (frame !== undefined) {
      out.varint(FRAME_NAME_BYTES);
      nameAt = out.length;
      out.reserve(FRAME_NAME_BYTES);
      out.length += FRAME_NAME_BYTES;
      out.varint(5);
      out.text('UInt8');
      out.zeros(rows);
    }
    for (const [name, column] of this.#all) {
      if (column.rows !== rows) throw new Error(`column ${name} has ${column.rows} rows, expected ${rows}`);
      if (!column.isWhole) throw new Error(`column ${name} has items that belong to no row`);
      out.varint(Buffer.byteLength(name));
      out.text(name);
      out.varint(column.type.length);
      out.text(column.type);
      column.writeTo(out);
    }
    if (frame !== undefined) {
      const bodyAt = nameAt + FRAME_NAME_BYTES;
      const checksumAt = bodyAt - CHECKSUM_DIGITS;
      out.bytes.write(frameNameStart(frame, { rows, bodyBytes: out.length - bodyAt }), nameAt, 'latin1');
      const checksum = crc32(out.bytes.subarray(bodyAt, out.length), crc32(out.bytes.subarray(0, checksumAt)));
      out.bytes.write(hex8(checksum), checksumAt, 'latin1');
    }
    return out.bytes.subarray(0, out.length);
  }
}
