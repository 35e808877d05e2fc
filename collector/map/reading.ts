// One attribute as a table's `read` sees it (dialects/dialect.ts). Used again for every attribute; JSON is parsed once
// however many columns look into it.
import { type AnyValue, TYPE } from '../wire/any-value.ts';
import { parseCutJson } from './dialects/cut-json.ts';
import type { Reading } from './dialects/dialect.ts';
import { type AttributeList, MAX_JSON_BYTES } from './fields/attribute-list.ts';
import type { FieldWire } from './fields/field-wire.ts';
import { numberOf } from './number-of.ts';

export class AttributeReading implements Reading {
  #wire: FieldWire | null = null;
  #list: AttributeList | null = null;
  #index = -1;
  #json: unknown;
  #isParsed = false;

  /** Forgets the last span. */
  clear(): void {
    this.#wire = null;
    this.#list = null;
    this.#index = -1;
    this.#json = undefined;
  }

  /** This reading of the attribute at `index`. */
  of(wire: FieldWire, list: AttributeList, index: number): this {
    if (this.#wire === wire && this.#list === list && this.#index === index) return this;
    this.#wire = wire;
    this.#list = list;
    this.#index = index;
    this.#json = undefined;
    this.#isParsed = false;
    return this;
  }

  text(): string {
    return this.#wire === null || this.#list === null ? '' : this.#list.text(this.#wire, this.#index);
  }

  number(): number | null {
    return this.#wire === null || this.#list === null ? null : numberOf(this.#wire, this.#list, this.#index);
  }

  json(): unknown {
    if (!this.#isParsed) {
      this.#isParsed = true;
      this.#json = this.#parse();
    }
    return this.#json;
  }

  #parse(): unknown {
    const value: AnyValue | undefined = this.#list?.values[this.#index];
    if (value === undefined) return undefined;
    const { type, start, end } = value;
    const holdsJson = type === TYPE.string || type === TYPE.array || type === TYPE.kvlist;
    if (!holdsJson || end - start > MAX_JSON_BYTES) return undefined;
    // A text that is cut for storing is looked into as it came, its secrets masked.
    const whole = this.#list?.whole(this.#index);
    const text = whole === undefined ? this.text() : whole.toString();
    try {
      return JSON.parse(text);
    } catch {
      return parseCutJson(text);
    }
  }
}
