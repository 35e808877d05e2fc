// LowCardinality(String) and Map(LowCardinality(String), String): a dictionary of the distinct texts, then one number
// per row. Serialisation: version 1 (shared dictionaries with additional keys), all keys inside the block.
import type { ByteSink } from './byte-sink.ts';
import { type Column, FixedColumn, grow, offsetBefore, StringColumn } from './columns.ts';
import { cutName, MAX_NAME_BYTES, storedName } from './cut-name.ts';
import { Dictionary, hashBytes } from './dictionary.ts';

const KEYS_VERSION = 1;
const HAS_ADDITIONAL_KEYS = 1 << 9;
const NEED_UPDATE_DICTIONARY = 1 << 10;

/** What a caller keeps of a key that it writes again and again: its number in the column that it wrote it to last. */
export interface KeyMemo {
  readonly bytes: Uint8Array;
  /** `hashBytes` of the bytes */
  readonly hash: number;
  owner: object | null;
  number: number;
}

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

/** Names: each is cut to MAX_NAME_BYTES, since names become filters and group keys. */
export class LowCardinalityColumn implements Column {
  readonly type = 'LowCardinality(String)';
  /** Names cut, until they are taken (NativeBlock.takeCutNames). */
  cutNames = 0;
  readonly isWhole = true;
  readonly #dictionary = new Dictionary();
  readonly #indexes = new Indexes();
  /** The last value and its number, −1 = none: rows of one trace repeat each other. */
  #lastNumber = -1;
  #lastText: string | null = null;
  #lastTextNumber = -1;
  #isLastTextCut = false;
  get rows(): number {
    return this.#indexes.rows;
  }
  slice(source: Uint8Array, start: number, end: number): void {
    if (end - start > MAX_NAME_BYTES) {
      this.cutNames++;
      const name = cutName(source, start, end);
      this.slice(name, 0, name.length);
      return;
    }
    const last = this.#lastNumber;
    if (last < 0 || !this.#dictionary.isAt(last, source, start, end)) {
      this.#lastNumber = this.#dictionary.intern(source, start, end, hashBytes(source, start, end));
    }
    this.#indexes.push(this.#lastNumber);
  }
  text(value: string): void {
    if (value !== this.#lastText) {
      const name = storedName(value);
      this.#isLastTextCut = name !== value;
      this.#lastText = value;
      this.#lastTextNumber = this.#dictionary.internText(name);
    }
    if (this.#isLastTextCut) this.cutNames++;
    this.#indexes.push(this.#lastTextNumber);
  }
  /** Keys that only truncated rows used stay in the dictionary; the engine ignores them. */
  truncate(rows: number): void {
    this.#indexes.rows = rows;
  }
  clear(): void {
    this.#dictionary.clear();
    this.#indexes.rows = 0;
    this.#lastNumber = -1;
    this.#lastText = null;
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
  /** Who a remembered number belongs to: this column, until it is cleared. */
  #owner = {};
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
  key(key: KeyMemo): void {
    if (key.owner !== this.#owner) {
      key.owner = this.#owner;
      key.number = this.#dictionary.intern(key.bytes, 0, key.bytes.length, key.hash);
    }
    this.#keys.push(key.number);
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
    this.#owner = {};
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
