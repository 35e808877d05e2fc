// LowCardinality(String) and Map(LowCardinality(String), String): a dictionary of the distinct texts, then one number
// per row. Serialisation: version 1 (shared dictionaries with additional keys), all keys inside the block.
import type { ByteSink } from './byte-sink.ts';
import { type Column, FixedColumn, grow, offsetBefore, StringColumn } from './columns.ts';
import { Dictionary, hashBytes } from './dictionary.ts';

const KEYS_VERSION = 1;
const HAS_ADDITIONAL_KEYS = 1 << 9;
const NEED_UPDATE_DICTIONARY = 1 << 10;

class Indexes {
  numbers = new Uint32Array(1024);
  rows = 0;
  push(number: number): void {
    if (this.rows === this.numbers.length) this.numbers = grow(this.numbers);
    this.numbers[this.rows++] = number;
  }
}

function writeKeysAndIndexes(block: ByteSink, dictionary: Dictionary, indexes: Indexes): void {
  // No rows, nothing at all: the reader does not expect a dictionary then.
  if (indexes.rows === 0) return;
  const width = dictionary.size <= 0x100 ? 0 : dictionary.size <= 0x10000 ? 1 : 2;
  block.u64(width | HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY);
  block.u64(dictionary.size);
  block.copy(dictionary.keys.bytes, 0, dictionary.keys.length);
  block.u64(indexes.rows);
  block.reserve(indexes.rows << width);
  for (let i = 0; i < indexes.rows; i++) {
    const number = indexes.numbers[i] as number;
    if (width === 0) block.bytes[block.length++] = number;
    else if (width === 1) block.u16(number);
    else block.u32(number);
  }
}

export class LowCardinalityColumn implements Column {
  readonly type = 'LowCardinality(String)';
  readonly isWhole = true;
  readonly #dictionary = new Dictionary();
  readonly #indexes = new Indexes();
  get rows(): number {
    return this.#indexes.rows;
  }
  slice(source: Uint8Array, start: number, end: number): void {
    this.#indexes.push(this.#dictionary.intern(source, start, end, hashBytes(source, start, end)));
  }
  text(value: string): void {
    this.#indexes.push(this.#dictionary.internText(value));
  }
  /** Keys that only truncated rows used stay in the dictionary; the engine ignores them. */
  truncate(rows: number): void {
    this.#indexes.rows = rows;
  }
  clear(): void {
    this.#dictionary.clear();
    this.#indexes.rows = 0;
  }
  writeTo(block: ByteSink): void {
    block.u64(KEYS_VERSION);
    writeKeysAndIndexes(block, this.#dictionary, this.#indexes);
  }
}

export class StringMapColumn implements Column {
  readonly type = 'Map(LowCardinality(String), String)';
  readonly #dictionary = new Dictionary();
  readonly #keys = new Indexes();
  readonly #offsets = new FixedColumn('UInt64', 8);
  /** Write one value here for each key. */
  readonly values = new StringColumn();
  get rows(): number {
    return this.#offsets.rows;
  }
  get bytes(): number {
    return this.values.bytes;
  }
  get isWhole(): boolean {
    const items = offsetBefore(this.#offsets, this.rows);
    return this.#keys.rows === items && this.values.rows === items;
  }
  /** @param hash `hashBytes` of the same bytes */
  key(source: Uint8Array, start: number, end: number, hash: number): void {
    this.#keys.push(this.#dictionary.intern(source, start, end, hash));
  }
  endRow(): void {
    this.#offsets.sink.u64(this.#keys.rows);
  }
  /** Repeats the last row. */
  repeatLast(): void {
    const first = offsetBefore(this.#offsets, this.rows - 1);
    const count = this.#keys.rows - first;
    for (let i = first; i < first + count; i++) this.#keys.push(this.#keys.numbers[i] as number);
    if (count > 0) this.values.repeatLast(count);
    this.endRow();
  }
  truncate(rows: number): void {
    this.#keys.rows = offsetBefore(this.#offsets, rows);
    this.values.truncate(this.#keys.rows);
    this.#offsets.truncate(rows);
  }
  clear(): void {
    this.#dictionary.clear();
    this.#keys.rows = 0;
    this.values.clear();
    this.#offsets.clear();
  }
  writeTo(block: ByteSink): void {
    block.u64(KEYS_VERSION);
    this.#offsets.writeTo(block);
    writeKeysAndIndexes(block, this.#dictionary, this.#keys);
    this.values.writeTo(block);
  }
}
