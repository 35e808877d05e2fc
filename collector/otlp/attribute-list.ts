// The attributes of one span, resource or scope, in place: positions into the request's bytes, kept in arrays that are
// used again for the next one.

import type { StringColumn } from '#storage/native/columns';
import { hashBytes } from '#storage/native/dictionary';
import type { StringMapColumn } from '#storage/native/low-cardinality';
import { cutKey, MAX_KEY_BYTES } from '../redact/cut-long.ts';
import { redactValue } from '../redact/redact-value.ts';
import { type AnyValue, newAnyValue, newKeyValue, readKeyValue, TYPE, valueJson, valueText } from './any-value.ts';
import type { Wire } from './wire.ts';

/** The value stands in the column `input` / `output`; the attribute keeps its place and an empty value. */
export const MOVED_TO_INPUT = 73; // I
export const MOVED_TO_OUTPUT = 79; // O

export class AttributeList {
  size = 0;
  /** Parallel arrays, one entry per attribute. */
  keyStart: number[] = [];
  keyEnd: number[] = [];
  keyHash: number[] = [];
  values: AnyValue[] = [];
  readonly #pair = newKeyValue();
  #types = Buffer.alloc(256);

  clear(): void {
    this.size = 0;
  }

  /** Reads one KeyValue message that ends at `end` and returns its index. */
  read(wire: Wire, end: number): number {
    const pair = this.#pair;
    const index = this.size++;
    pair.value = this.values[index] ??= newAnyValue();
    readKeyValue(wire, end, pair);
    this.keyStart[index] = pair.keyStart;
    this.keyEnd[index] = pair.keyEnd;
    this.keyHash[index] = hashBytes(wire.bytes, pair.keyStart, pair.keyEnd);
    return index;
  }

  /** Masks secrets and cuts what is too long, in the request's bytes. Before anything of the list is stored. */
  redact(wire: Wire): void {
    const { bytes, redactor } = wire;
    if (redactor === null) return;
    for (let i = 0; i < this.size; i++) {
      const start = this.keyStart[i] as number;
      const end = this.keyEnd[i] as number;
      const value = this.values[i] as AnyValue;
      const isSecret = redactor.isSecretKey(bytes, start, end, this.keyHash[i] as number);
      redactValue(wire, value, isSecret, redactor);
      if (end - start <= MAX_KEY_BYTES) continue;
      const stop = cutKey(bytes, start, end);
      this.keyEnd[i] = stop;
      this.keyHash[i] = hashBytes(bytes, start, stop);
    }
  }

  key(wire: Wire, index: number): string {
    return wire.bytes.toString('utf8', this.keyStart[index], this.keyEnd[index]);
  }

  text(wire: Wire, index: number): string {
    return valueText(wire, this.values[index] as AnyValue);
  }

  /** Writes the attributes as one row; `input` and `output` are the indexes of values that were moved, or −1. */
  writeRow(wire: Wire, map: StringMapColumn, types: StringColumn, input = -1, output = -1): void {
    if (this.size > this.#types.length) this.#types = Buffer.alloc(this.size * 2);
    for (let i = 0; i < this.size; i++) {
      map.key(wire.bytes, this.keyStart[i] as number, this.keyEnd[i] as number, this.keyHash[i] as number);
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
  toJson(wire: Wire): string {
    const pairs = Array.from({ length: this.size }, (_, i) => {
      return `${JSON.stringify(this.key(wire, i))}:${valueJson(wire, this.values[i] as AnyValue)}`;
    });
    return `{${pairs.join(',')}}`;
  }

  /** The attributes as `[key, type letter, value text]`, for events and links. */
  toTriples(wire: Wire): [string, string, string][] {
    return Array.from({ length: this.size }, (_, i) => [
      this.key(wire, i),
      String.fromCharCode((this.values[i] as AnyValue).type),
      this.text(wire, i),
    ]);
  }
}
