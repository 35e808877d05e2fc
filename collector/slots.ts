// What the attributes of one span fill: for each column the best value seen so far, as a position in the attribute list.
// Used again for every span.
import { SLOTS, type TableKind } from './dialects/dialect.ts';
import type { Rule, Rules } from './dialects/rules.ts';
import { type AnyValue, intNumber, TYPE } from './otlp/any-value.ts';
import type { AttributeList } from './otlp/attribute-list.ts';
import type { Wire } from './otlp/wire.ts';

const NONE = 0x7fffffff;

export class Slots {
  readonly #priority = new Int32Array(SLOTS.length).fill(NONE);
  readonly #index = new Int32Array(SLOTS.length);
  /** Whether some attribute is a leaf of an indexed list for the slot. */
  readonly #hasLeaves = new Uint8Array(SLOTS.length);
  kind: TableKind | null = null;

  /** Fills the slots from a list of attributes. */
  fill(wire: Wire, list: AttributeList, rules: Rules): void {
    this.#priority.fill(NONE);
    this.#hasLeaves.fill(0);
    this.kind = null;
    for (let i = 0; i < list.size; i++) {
      const found = rules.of(
        wire.bytes,
        list.keyStart[i] as number,
        list.keyEnd[i] as number,
        list.keyHash[i] as number,
      );
      for (let r = 0; r < found.length; r++) this.#offer(wire, list, i, found[r] as Rule);
    }
  }

  #offer(wire: Wire, list: AttributeList, index: number, rule: Rule): void {
    const { slot, priority, kinds } = rule;
    if (rule.isLeaf) {
      this.#hasLeaves[slot] = 1;
      return;
    }
    if (priority >= (this.#priority[slot] as number)) return;
    const value = list.values[index] as AnyValue;
    if (value.type === TYPE.empty || (value.type === TYPE.string && value.start === value.end)) return;
    if (kinds !== undefined) {
      const kind = value.type === TYPE.string ? kinds.of(wire.bytes, value.start, value.end) : undefined;
      if (kind === undefined) return;
      this.kind = kind;
    }
    this.#priority[slot] = priority;
    this.#index[slot] = index;
  }

  hasLeaves(slot: number): boolean {
    return this.#hasLeaves[slot] === 1;
  }

  /** The index of the attribute that fills a slot, or −1. */
  at(slot: number): number {
    return this.#priority[slot] === NONE ? -1 : (this.#index[slot] as number);
  }
}

/** A number however it was sent: int, double, or text that is one. null when it is none of these. */
export function numberOf(wire: Wire, list: AttributeList, index: number): number | null {
  if (index < 0) return null;
  const value = list.values[index] as AnyValue;
  if (value.type === TYPE.int) return intNumber(value.low, value.high);
  if (value.type === TYPE.double) return Number.isFinite(value.number) ? value.number : null;
  if (value.type !== TYPE.string || value.end - value.start > 40) return null;
  const text = list.text(wire, index).trim();
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}
