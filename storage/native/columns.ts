// Columns under construction, in the layout of ClickHouse's Native format. Each can be cut back to an earlier row
// count, so a request that turns out to be broken leaves nothing behind.
// Format: https://clickhouse.com/docs/interfaces/formats/Native and the serialisations it names.
import { ByteSink } from './byte-sink.ts';
import { cutName, MAX_NAME_BYTES, storedName } from './cut-name.ts';

export interface Column {
  /** The ClickHouse type, as it stands in the block header. */
  readonly type: string;
  /** Rows so far. */
  readonly rows: number;
  /** Whether everything written belongs to a row. False is a bug, and must not reach the engine. */
  readonly isWhole: boolean;
  /** Names that were cut on their way in (cut-name.ts). */
  cutNames?: number;
  /** Drops every row from `rows` on. */
  truncate(rows: number): void;
  clear(): void;
  /** Appends the column's data (not its name and type) to a block. */
  writeTo(block: ByteSink): void;
}

/** Values of one width: numbers, times, FixedString. Write one value per row through `sink`. */
export class FixedColumn implements Column {
  readonly type: string;
  readonly sink = new ByteSink();
  readonly #width: number;
  constructor(type: string, width: number) {
    this.type = type;
    this.#width = width;
  }
  get rows(): number {
    return this.sink.length / this.#width;
  }
  get isWhole(): boolean {
    return Number.isInteger(this.rows);
  }
  truncate(rows: number): void {
    this.sink.length = rows * this.#width;
  }
  clear(): void {
    this.sink.length = 0;
  }
  writeTo(block: ByteSink): void {
    block.copy(this.sink.bytes, 0, this.sink.length);
  }
}

/** Eight-byte values that may be null. */
export class NullableColumn implements Column {
  readonly type: string;
  readonly #nulls = new ByteSink();
  readonly #values = new ByteSink();
  constructor(inner: 'UInt64' | 'Float64') {
    this.type = `Nullable(${inner})`;
  }
  get rows(): number {
    return this.#nulls.length;
  }
  get isWhole(): boolean {
    return this.#values.length === this.rows * 8;
  }
  /** A count, or null. Negative, fractional or too large counts are no counts: null. */
  count(value: number | null): void {
    const known = value !== null && Number.isSafeInteger(value) && value >= 0;
    this.#nulls.u8(known ? 0 : 1);
    if (known) this.#values.u64(value);
    else this.#values.zeros8();
  }
  double(value: number | null): void {
    this.#nulls.u8(value === null ? 1 : 0);
    if (value === null) this.#values.zeros8();
    else this.#values.f64(value);
  }
  truncate(rows: number): void {
    this.#nulls.length = rows;
    this.#values.length = rows * 8;
  }
  clear(): void {
    this.truncate(0);
  }
  writeTo(block: ByteSink): void {
    block.copy(this.#nulls.bytes, 0, this.#nulls.length);
    block.copy(this.#values.bytes, 0, this.#values.length);
  }
}

/** Texts of any length. Protobuf and Native share the encoding: a varint length, then the bytes. */
export class StringColumn implements Column {
  readonly type = 'String';
  readonly sink = new ByteSink();
  #starts = new Uint32Array(1024);
  rows = 0;
  readonly isWhole = true;
  cutNames = 0;
  get bytes(): number {
    return this.sink.length;
  }

  /** Marks where a row begins. Then write a varint length and the bytes to `sink`. */
  begin(): void {
    if (this.rows === this.#starts.length) this.#starts = grow(this.#starts);
    this.#starts[this.rows++] = this.sink.length;
  }
  slice(source: Uint8Array, start: number, end: number): void {
    this.begin();
    this.sink.varint(end - start);
    this.sink.copy(source, start, end);
  }
  /** Repeats the last `count` rows: one copy, however long they are. */
  repeatLast(count = 1): void {
    const first = this.rows - count;
    const from = this.#starts[first] as number;
    const size = this.sink.length - from;
    for (let i = first; i < first + count; i++) {
      if (this.rows === this.#starts.length) this.#starts = grow(this.#starts);
      this.#starts[this.rows++] = (this.#starts[i] as number) + size;
    }
    this.sink.copy(this.sink.bytes, from, from + size);
  }
  text(value: string): void {
    this.begin();
    if (value === '') {
      this.sink.u8(0);
      return;
    }
    if (value.length < 42) {
      // Fewer than 128 bytes in any case, so the length is one byte and can be filled in afterwards.
      const at = this.sink.length;
      this.sink.u8(0);
      this.sink.text(value);
      this.sink.bytes[at] = this.sink.length - at - 1;
      return;
    }
    this.sink.varint(Buffer.byteLength(value));
    this.sink.text(value);
  }
  truncate(rows: number): void {
    if (rows < this.rows) this.sink.length = this.#starts[rows] as number;
    this.rows = rows;
  }
  clear(): void {
    this.truncate(0);
    this.sink.length = 0;
  }
  writeTo(block: ByteSink): void {
    block.copy(this.sink.bytes, 0, this.sink.length);
  }
}

/** Names that hardly repeat, such as ids: texts that are cut to MAX_NAME_BYTES, since they become filters. */
export class NameColumn extends StringColumn {
  override slice(source: Uint8Array, start: number, end: number): void {
    if (end - start <= MAX_NAME_BYTES) {
      super.slice(source, start, end);
      return;
    }
    this.cutNames++;
    const name = cutName(source, start, end);
    super.slice(name, 0, name.length);
  }
  override text(value: string): void {
    const name = storedName(value);
    if (name !== value) this.cutNames++;
    super.text(name);
  }
}

/** Lists of texts. `offset` counts the items up to and including each row. */
export class StringArrayColumn implements Column {
  readonly type = 'Array(String)';
  readonly #offsets = new FixedColumn('UInt64', 8);
  readonly #items: StringColumn;
  /** @param items of what kind the texts are */
  constructor(items: StringColumn = new StringColumn()) {
    this.#items = items;
  }
  get cutNames(): number {
    return this.#items.cutNames;
  }
  set cutNames(count: number) {
    this.#items.cutNames = count;
  }
  get rows(): number {
    return this.#offsets.rows;
  }
  get isWhole(): boolean {
    return this.#items.rows === offsetBefore(this.#offsets, this.rows);
  }
  /** Adds an item to the row that `endRow` will close. */
  item(source: Uint8Array, start: number, end: number): void {
    this.#items.slice(source, start, end);
  }
  endRow(): void {
    this.#offsets.sink.u64(this.#items.rows);
  }
  truncate(rows: number): void {
    this.#items.truncate(offsetBefore(this.#offsets, rows));
    this.#offsets.truncate(rows);
  }
  clear(): void {
    this.#items.clear();
    this.#offsets.clear();
  }
  writeTo(block: ByteSink): void {
    this.#offsets.writeTo(block);
    this.#items.writeTo(block);
  }
}

/** How many items the first `rows` rows of an offsets column hold. */
export function offsetBefore(offsets: FixedColumn, rows: number): number {
  return rows === 0 ? 0 : Number(offsets.sink.bytes.readBigUInt64LE((rows - 1) * 8));
}

export function grow(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(array.length * 2);
  grown.set(array);
  return grown;
}
