// Compiles the dialect tables into one question: what does this attribute key fill? Asked once per distinct key; after
// that a number answers.
import { Dictionary, hashBytes } from '#storage/native/dictionary';
import { type Dialect, SLOT, SLOTS, type Slot, type TableKind } from './dialect.ts';
import { openInference } from './openinference.ts';
import { otelGenAi } from './otel-genai.ts';
import { telltale } from './telltale.ts';
import { traceloop } from './traceloop.ts';
import { vercelAi } from './vercel-ai.ts';

/** In order of authority: when two dialects on one span disagree, the earlier one is believed. */
export const DIALECTS: readonly Dialect[] = [telltale, openInference, otelGenAi, traceloop, vercelAi];

export interface Rule {
  readonly slot: number;
  /** Lower wins. */
  readonly priority: number;
  /** For kinds: which kind a value stands for. */
  readonly kinds?: KindValues;
  /** The key is one leaf of a list spelled out by index (indexed-list.ts). */
  readonly isLeaf?: true;
}

/** Values of a kind attribute, compared without regard to case; the usual spellings are found without making a string. */
export class KindValues {
  readonly #values: ReadonlyMap<string, TableKind>;
  readonly #spellings = new Dictionary();
  readonly #kinds: TableKind[] = [];

  constructor(values: Readonly<Record<string, TableKind>>) {
    this.#values = new Map(Object.entries(values).map(([value, kind]) => [value.toLowerCase(), kind]));
    for (const [value, kind] of Object.entries(values)) {
      for (const spelling of [value, value.toLowerCase(), value.toUpperCase()])
        this.#kinds[this.#spellings.internText(spelling)] = kind;
    }
  }

  of(bytes: Buffer, start: number, end: number): TableKind | undefined {
    const number = this.#spellings.find(bytes, start, end, hashBytes(bytes, start, end));
    return number >= 0 ? this.#kinds[number] : this.#values.get(bytes.toString('utf8', start, end).toLowerCase());
  }
}

/** Keys beyond this many distinct ones are forgotten and learnt again: keys come from strangers. */
const MAX_KEYS = 50_000;
/** No key that means something to us is longer; longer ones are not worth remembering. */
const MAX_KEY_BYTES = 200;
const NO_RULES: readonly Rule[] = [];

export class Rules {
  readonly #exact = new Map<string, Rule[]>();
  readonly #indexed: { prefix: string; slot: 'input' | 'output' }[] = [];
  readonly #keys = new Dictionary();
  #byNumber: (readonly Rule[])[] = [];

  constructor(dialects: readonly Dialect[] = DIALECTS) {
    let priority = 0;
    for (const dialect of dialects) {
      for (const [key, values] of Object.entries(dialect.kinds ?? {})) {
        this.#add(key, { slot: SLOT.kind, priority: ++priority, kinds: new KindValues(values) });
      }
      for (const slot of SLOTS) {
        if (slot === 'kind') continue;
        for (const key of dialect.columns?.[slot] ?? []) this.#add(key, { slot: SLOT[slot], priority: ++priority });
      }
      for (const slot of ['input', 'output'] as const) {
        for (const prefix of dialect.indexed?.[slot] ?? []) this.#indexed.push({ prefix: `${prefix}.`, slot });
      }
    }
  }

  /** What the key in these bytes fills. @param hash `hashBytes` of the same bytes */
  of(bytes: Buffer, start: number, end: number, hash: number): readonly Rule[] {
    if (end - start > MAX_KEY_BYTES) return NO_RULES;
    const known = this.#keys.size;
    const number = this.#keys.intern(bytes, start, end, hash);
    if (number < known) return this.#byNumber[number] as readonly Rule[];
    const rules = this.#rulesFor(bytes.toString('utf8', start, end));
    if (known >= MAX_KEYS) {
      this.#keys.clear();
      this.#byNumber = [];
    } else this.#byNumber[number] = rules;
    return rules;
  }

  #rulesFor(key: string): readonly Rule[] {
    const exact = this.#exact.get(key) ?? NO_RULES;
    const leaves = this.#indexed.filter(({ prefix }) => key.startsWith(prefix));
    if (leaves.length === 0) return exact;
    return [...exact, ...leaves.map(({ slot }) => ({ slot: SLOT[slot], priority: 0, isLeaf: true }) as const)];
  }

  /** Prefixes of indexed lists that can stand in for a column, best first. */
  indexedPrefixes(slot: Slot): string[] {
    return this.#indexed.filter((entry) => entry.slot === slot).map((entry) => entry.prefix);
  }

  #add(key: string, rule: Rule): void {
    const rules = this.#exact.get(key);
    if (rules === undefined) this.#exact.set(key, [rule]);
    else rules.push(rule);
  }
}
