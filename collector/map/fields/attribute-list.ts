// The attributes of one span, resource or scope, in place: positions into the request's bytes, kept in arrays that are
// used again for the next one.

import type { StringColumn } from '#storage/native/columns';
import type { StringMapColumn } from '#storage/native/low-cardinality';
import { MAX_VALUE_BYTES } from '../../redact/cut-long.ts';
import { redactValue } from '../../redact/redact-value.ts';
import {
  type AnyValue,
  newAnyValue,
  newKeyValue,
  readKeyValue,
  TYPE,
  valueJson,
  valueText,
} from '../../wire/any-value.ts';
import type { FieldWire } from './field-wire.ts';
import { type Key, type Keys, startKey } from './keys.ts';

/** Longer JSON is not parsed: parsing blocks the event loop. Prompts of this length are rare, all else is far smaller. */
export const MAX_JSON_BYTES = 512 * 1024;
const BRACE = 0x7b;
const BRACKET = 0x5b;

/** The value was moved to the column `input` / `output`; the attribute keeps its place and an empty value. */
export const MOVED_TO_INPUT = 73; // I
export const MOVED_TO_OUTPUT = 79; // O

export class AttributeList {
  size = 0;
  /** Parallel arrays, one entry per attribute. */
  keys: Key[] = [];
  values: AnyValue[] = [];
  readonly #start = startKey();
  readonly #pair = newKeyValue();
  #types = Buffer.alloc(256);
  /** JSON texts as they were before they were cut, by index; nearly always empty. */
  readonly #wholes = new Map<number, Buffer>();

  clear(): void {
    this.size = 0;
    if (this.#wholes.size > 0) this.#wholes.clear();
  }

  /** Reads one KeyValue message that ends at `end` and returns its index. */
  read(wire: FieldWire, end: number): number {
    const pair = this.#pair;
    const index = this.size++;
    pair.value = this.values[index] ??= newAnyValue();
    readKeyValue(wire, end, pair);
    const before = index === 0 ? this.#start : (this.keys[index - 1] as Key);
    this.keys[index] = (wire.keys as Keys).of(wire.bytes, pair.keyStart, pair.keyEnd, before);
    return index;
  }

  /** Masks secrets and cuts what is too long, in the request's bytes. Before anything of the list is stored. */
  redact(wire: FieldWire): void {
    const { redactor } = wire;
    if (redactor === null) return;
    for (let i = 0; i < this.size; i++) {
      const key = this.keys[i] as Key;
      const value = this.values[i] as AnyValue;
      if (value.type === TYPE.string && value.end - value.start > MAX_VALUE_BYTES && key.field !== 'secret')
        this.#keepWhole(wire, i);
      const { start, end, type } = value;
      redactValue(wire, value, key.field, redactor);
      if (value.end < end) {
        const reason = type === TYPE.array || type === TYPE.kvlist ? 'tree_too_large' : 'value_too_long';
        redactor.noteCut(reason, key.text, end - start, reason === 'tree_too_large' ? 0 : value.end - start);
      }
    }
  }

  /** Long JSON is cut for storing, and then is no JSON: what tables look into is kept beside it, masked. */
  #keepWhole(wire: FieldWire, index: number): void {
    const { start, end } = this.values[index] as AnyValue;
    const first = wire.bytes[start];
    if ((first !== BRACE && first !== BRACKET) || end - start > MAX_JSON_BYTES) return;
    wire.redactor?.text(wire.bytes, start, end);
    this.#wholes.set(index, Buffer.from(wire.bytes.subarray(start, end)));
  }

  /** The whole of a JSON text that was cut; undefined when it was not, or was too long to look into. */
  whole(index: number): Buffer | undefined {
    return this.#wholes.size === 0 ? undefined : this.#wholes.get(index);
  }

  key(index: number): string {
    return (this.keys[index] as Key).text;
  }

  text(wire: FieldWire, index: number): string {
    return valueText(wire, this.values[index] as AnyValue);
  }

  /** Writes the attributes as one row; `input` and `output` are the indexes of values that were moved, or −1. */
  writeRow(wire: FieldWire, map: StringMapColumn, types: StringColumn, input = -1, output = -1): void {
    if (this.size > this.#types.length) this.#types = Buffer.alloc(this.size * 2);
    for (let i = 0; i < this.size; i++) {
      map.key(this.keys[i] as Key);
      const value = this.values[i] as AnyValue;
      if (i === input || i === output) {
        map.values.text('');
        this.#types[i] = i === input ? MOVED_TO_INPUT : MOVED_TO_OUTPUT;
        continue;
      }
      this.#types[i] = value.type;
      if (value.type === TYPE.string) map.values.slice(wire.bytes, value.start, value.end);
      else map.values.text(valueText(wire, value));
    }
    map.endRow();
    types.slice(this.#types, 0, this.size);
  }

  /** The attributes as the text of a JSON object. */
  toJson(wire: FieldWire): string {
    const pairs = Array.from({ length: this.size }, (_, i) => {
      return `${JSON.stringify(this.key(i))}:${valueJson(wire, this.values[i] as AnyValue)}`;
    });
    return `{${pairs.join(',')}}`;
  }

  /** The attributes as `[key, type letter, value text]`, for events and links. */
  toTriples(wire: FieldWire): [string, string, string][] {
    return Array.from({ length: this.size }, (_, i) => [
      this.key(i),
      String.fromCharCode((this.values[i] as AnyValue).type),
      this.text(wire, i),
    ]);
  }
}

/** Reads one KeyValue message that ends at `stop`; beyond MAX_ATTRIBUTES it is left out and counted. */
export function readBounded(wire: FieldWire, stop: number, list: AttributeList): void {
  if (list.size < MAX_ATTRIBUTES) list.read(wire, stop);
  else if (wire.redactor !== null) wire.redactor.stats.droppedAttributes++;
  wire.at = stop;
}

/** More attributes, events or links of one span than these are counted as dropped. */
export const MAX_ATTRIBUTES = 256;
