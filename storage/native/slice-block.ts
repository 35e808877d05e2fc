// Reads back the Native blocks that NativeBlock.encode writes, to cut rows out of them: the way to find the one row that
// the engine refuses. Knows only the column types that this project writes.

/** The bytes are no such block. */
export class BlockError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BlockError';
  }
}

interface ReadColumn {
  readonly name: string;
  readonly type: string;
  /** The column's data for rows [from, to). */
  readonly slice: (from: number, to: number) => Buffer[];
  /** The bytes of one row's value; for lists and maps the whole row. */
  readonly cell: (row: number) => Buffer;
}

export interface ReadBlock {
  readonly rows: number;
  readonly columns: readonly ReadColumn[];
  /** Where the next block begins. */
  readonly end: number;
}

class Reader {
  readonly bytes: Buffer;
  at: number;
  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }
  take(size: number): Buffer {
    const end = this.at + size;
    if (!Number.isSafeInteger(size) || size < 0 || end > this.bytes.length) {
      throw new BlockError(`${size} bytes at ${this.at} run past the end`);
    }
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.take(1)[0] as number;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new BlockError(`a varint at ${this.at} is too long`);
  }
  u64(): number {
    const part = this.take(8);
    return part.readUInt32LE(0) + part.readUInt32LE(4) * 4294967296;
  }
  text(): string {
    return this.take(this.varint()).toString('utf8');
  }
}

/** The block that begins at `start`. @throws BlockError */
export function readBlock(bytes: Buffer, start = 0): ReadBlock {
  const reader = new Reader(bytes, start);
  const count = reader.varint();
  const rows = reader.varint();
  if (count === 0 || count > 1000) throw new BlockError(`${count} columns at ${start}`);
  const columns: ReadColumn[] = [];
  for (let i = 0; i < count; i++) {
    const name = reader.text();
    const type = reader.text();
    columns.push({ name, type, ...readData(reader, type, rows) });
  }
  return { rows, columns, end: reader.at };
}

/** As readBlock, for bytes that may be no block. */
export function tryReadBlock(bytes: Buffer, start = 0): ReadBlock | BlockError {
  try {
    return readBlock(bytes, start);
  } catch (error) {
    if (error instanceof BlockError) return error;
    throw error;
  }
}

/** Rows [from, to) as a block of their own, without the frame that a spool segment puts first. */
export function sliceBlock(block: ReadBlock, from: number, to: number): Buffer {
  const columns = block.columns.filter(({ name }) => !name.startsWith('telltale_frame_'));
  const parts: Buffer[] = [varint(columns.length), varint(to - from)];
  for (const { name, type, slice } of columns) {
    parts.push(varint(Buffer.byteLength(name)), Buffer.from(name), varint(type.length), Buffer.from(type));
    parts.push(...slice(from, to));
  }
  return Buffer.concat(parts);
}

type Data = Pick<ReadColumn, 'slice' | 'cell'>;

function readData(reader: Reader, type: string, rows: number): Data {
  const width = widthOf(type);
  if (width !== null) return fixed(reader.take(rows * width), width);
  if (type.startsWith('Nullable(')) {
    const nulls = fixed(reader.take(rows), 1);
    const inner = widthOf(type.slice(9, -1));
    if (inner === null) throw new BlockError(`cannot read ${type}`);
    const values = fixed(reader.take(rows * inner), inner);
    return { slice: (from, to) => [...nulls.slice(from, to), ...values.slice(from, to)], cell: values.cell };
  }
  if (type === 'String') return strings(reader, rows);
  if (type === 'Array(String)') return list(readOffsets(reader, rows), (items) => strings(reader, items));
  if (type === 'LowCardinality(String)') return lowCardinality(reader, reader.take(8), rows);
  if (type === 'Map(LowCardinality(String), String)') {
    const version = reader.take(8);
    return map(reader, version, readOffsets(reader, rows));
  }
  throw new BlockError(`cannot read columns of type ${type.slice(0, 60)}`);
}

function widthOf(type: string): number | null {
  const fixedString = /^FixedString\((\d{1,4})\)$/.exec(type);
  if (fixedString !== null) return Number(fixedString[1]);
  if (type === 'UInt8') return 1;
  if (type === 'UInt32') return 4;
  return type === 'UInt64' || type === 'Float64' || type.startsWith('DateTime64(') ? 8 : null;
}

const fixed = (bytes: Buffer, width: number): Data => ({
  slice: (from, to) => [bytes.subarray(from * width, to * width)],
  cell: (row) => bytes.subarray(row * width, (row + 1) * width),
});

function strings(reader: Reader, rows: number): Data {
  const start = reader.at;
  const { bytes } = reader;
  if (rows > bytes.length - start) throw new BlockError(`${rows} texts at ${start} run past the end`);
  const begin = new Float64Array(rows + 1);
  const body = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    begin[row] = reader.at;
    const size = reader.varint();
    body[row] = reader.at;
    reader.take(size);
  }
  begin[rows] = reader.at;
  return {
    slice: (from, to) => [bytes.subarray(begin[from], begin[to])],
    cell: (row) => bytes.subarray(body[row], begin[row + 1]),
  };
}

function readOffsets(reader: Reader, rows: number): number[] {
  const offsets = [0];
  for (let row = 0; row < rows; row++) {
    const offset = reader.u64();
    if (offset < (offsets[row] as number)) throw new BlockError(`offsets at ${reader.at} go back`);
    offsets.push(offset);
  }
  return offsets;
}

/** The offsets of rows [from, to), counted from the first of them. */
function rebased(offsets: readonly number[], from: number, to: number): Buffer {
  const out = Buffer.alloc((to - from) * 8);
  for (let row = from; row < to; row++) {
    out.writeBigUInt64LE(BigInt((offsets[row + 1] as number) - (offsets[from] as number)), (row - from) * 8);
  }
  return out;
}

function list(offsets: readonly number[], readItems: (count: number) => Data): Data {
  const items = readItems(offsets.at(-1) as number);
  const slice = (from: number, to: number) => [
    rebased(offsets, from, to),
    ...items.slice(offsets[from] as number, offsets[to] as number),
  ];
  return { slice, cell: (row) => Buffer.concat(slice(row, row + 1)) };
}

function map(reader: Reader, version: Buffer, offsets: readonly number[]): Data {
  const items = offsets.at(-1) as number;
  const keys = lowCardinality(reader, version, items);
  const values = strings(reader, items);
  const slice = (from: number, to: number) => {
    const [first, last] = [offsets[from] as number, offsets[to] as number];
    // The keys' version comes before the offsets.
    const [, ...indexes] = keys.slice(first, last);
    return [version, rebased(offsets, from, to), ...indexes, ...values.slice(first, last)];
  };
  return { slice, cell: (row) => Buffer.concat(slice(row, row + 1)) };
}

/** A slice has the texts of its own rows only: one bad row among thousands must not carry megabytes of names. */
function lowCardinality(reader: Reader, version: Buffer, rows: number): Data {
  if (rows === 0) return { slice: () => [version], cell: () => Buffer.alloc(0) };
  const headAt = reader.at;
  const width = 2 ** ((reader.take(8)[0] as number) & 3);
  const size = reader.u64();
  const dictionary = strings(reader, size);
  const head = reader.bytes.subarray(headAt, reader.at);
  if (reader.u64() !== rows) throw new BlockError(`a dictionary column at ${headAt} has another number of rows`);
  const numbers = fixed(reader.take(rows * width), width);
  const numberOf = (row: number): number => {
    const number = numbers.cell(row).readUIntLE(0, width);
    if (number >= size) throw new BlockError(`a dictionary at ${headAt} has no entry ${number}`);
    return number;
  };
  return {
    slice(from, to) {
      if (from === to) return [version];
      const count = Buffer.alloc(8);
      count.writeBigUInt64LE(BigInt(to - from));
      if (to - from >= size) return [version, head, count, ...numbers.slice(from, to)];
      const places = new Map<number, number>();
      const texts: Buffer[] = [];
      const indexes = Buffer.alloc((to - from) * width);
      for (let row = from; row < to; row++) {
        const number = numberOf(row);
        let place = places.get(number);
        if (place === undefined) {
          place = places.size;
          places.set(number, place);
          texts.push(...dictionary.slice(number, number + 1));
        }
        indexes.writeUIntLE(place, (row - from) * width, width);
      }
      const start = Buffer.from(reader.bytes.subarray(headAt, headAt + 16));
      start.writeBigUInt64LE(BigInt(places.size), 8);
      return [version, start, ...texts, count, indexes];
    },
    cell(row) {
      return dictionary.cell(numberOf(row));
    },
  };
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest & 127) | 128);
  out.push(rest);
  return Buffer.from(out);
}
