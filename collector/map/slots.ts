// What the attributes of one span fill: for each column the best value seen so far, as a position in the attribute list,
// or as a value worked out from an attribute that had to be looked into. Used again for every span.
import { type AnyValue, TYPE } from '../wire/any-value.ts';
import { type Derived, SLOT, SLOTS, type TableKind } from './dialects/dialect.ts';
import type { Rule } from './dialects/rules.ts';
import type { AttributeList } from './fields/attribute-list.ts';
import type { FieldWire } from './fields/field-wire.ts';
import type { Key } from './fields/keys.ts';
import { numberOf } from './number-of.ts';
import { AttributeReading } from './reading.ts';

const NONE = 0x7fffffff;
/** The index of a slot whose value was worked out. */
const WORKED_OUT = -1;
/** What Logfire puts in place of values it holds to be secret, session ids among them. */
const SCRUBBED = Buffer.from('[Scrubbed due to');

export class Slots {
  readonly #priority = new Int32Array(SLOTS.length).fill(NONE);
  readonly #index = new Int32Array(SLOTS.length);
  /** Whether some attribute is a leaf of an indexed list for the slot. */
  readonly #hasLeaves = new Uint8Array(SLOTS.length);
  readonly #workedOut: (Derived | null)[] = SLOTS.map(() => null);
  readonly #reading = new AttributeReading();
  kind: TableKind | null = null;
  /** Which keys that are signs of a kind are present, as bits (Rules.signs). */
  signs = 0;

  /** Fills the slots from a list of attributes. */
  fill(wire: FieldWire, list: AttributeList): void {
    this.#priority.fill(NONE);
    this.#hasLeaves.fill(0);
    this.#reading.clear();
    this.kind = null;
    this.signs = 0;
    for (let i = 0; i < list.size; i++) {
      const { rules: found } = list.keys[i] as Key;
      for (let r = 0; r < found.length; r++) this.#offer(wire, list, i, found[r] as Rule);
    }
  }

  #offer(wire: FieldWire, list: AttributeList, index: number, rule: Rule): void {
    const { slot, priority, kinds } = rule;
    if (rule.isLeaf) {
      this.#hasLeaves[slot] = 1;
      return;
    }
    if (rule.sign !== 0) {
      this.signs |= rule.sign;
      return;
    }
    if (priority >= (this.#priority[slot] as number)) return;
    const value = list.values[index] as AnyValue;
    if (value.type === TYPE.empty || (value.type === TYPE.string && isNothing(wire.bytes, value))) return;
    if (rule.read !== null) {
      const found = this.#workOut(wire, list, index, rule.read);
      if (found === null || found === '') return;
      if (slot === SLOT.kind) this.kind = found as TableKind;
      this.#workedOut[slot] = found;
      this.#priority[slot] = priority;
      this.#index[slot] = WORKED_OUT;
      return;
    }
    if (kinds !== null) {
      const kind = value.type === TYPE.string ? kinds.of(wire.bytes, value.start, value.end) : undefined;
      if (kind === undefined) return;
      this.kind = kind;
    }
    this.#priority[slot] = priority;
    this.#index[slot] = index;
  }

  #workOut(wire: FieldWire, list: AttributeList, index: number, read: NonNullable<Rule['read']>): Derived | null {
    try {
      return read(this.#reading.of(wire, list, index));
    } catch {
      // Nested too deep to write out again, or something else that only a hostile value does: it says nothing.
      return null;
    }
  }

  hasLeaves(slot: number): boolean {
    return this.#hasLeaves[slot] === 1;
  }

  /** The index of the attribute that fills a slot, or −1 when none does or its value was worked out. */
  at(slot: number): number {
    return this.#priority[slot] === NONE ? -1 : (this.#index[slot] as number);
  }

  /** The value worked out for a slot, or null. */
  workedOut(slot: number): Derived | null {
    return this.has(slot) && this.#index[slot] === WORKED_OUT ? (this.#workedOut[slot] ?? null) : null;
  }

  /** Whether anything fills the slot. */
  has(slot: number): boolean {
    return this.#priority[slot] !== NONE;
  }

  /** What fills a slot, as text; empty when nothing does. */
  text(wire: FieldWire, list: AttributeList, slot: number): string {
    if (!this.has(slot)) return '';
    const index = this.at(slot);
    return index < 0 ? String(this.workedOut(slot) ?? '') : list.text(wire, index);
  }

  /** What fills a slot, as a number; null when nothing does or it is none. */
  number(wire: FieldWire, list: AttributeList, slot: number): number | null {
    if (!this.has(slot)) return null;
    const index = this.at(slot);
    if (index >= 0) return numberOf(wire, list, index);
    const value = this.workedOut(slot);
    return typeof value === 'number' ? value : null;
  }
}

/** Empty, or a note that something was taken away. */
function isNothing(bytes: Buffer, { start, end }: AnyValue): boolean {
  if (start === end) return true;
  return (
    bytes[start] === 0x5b &&
    end - start >= SCRUBBED.length &&
    bytes.compare(SCRUBBED, 0, SCRUBBED.length, start, start + SCRUBBED.length) === 0
  );
}
