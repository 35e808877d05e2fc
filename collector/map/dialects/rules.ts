// Compiles the dialect tables into one question: what does this attribute key fill?
import type { SpanKind } from '#contracts/span';
import { Dictionary, hashBytes } from '#storage/native/dictionary';
import { TELLTALE } from '#vocabulary';
import { aiSdk7 } from './ai-sdk-7.ts';
import { type Dialect, SLOT, SLOTS, type Slot, type Source, type TableKind } from './dialect.ts';
import { laminar } from './laminar.ts';
import { langfuse } from './langfuse.ts';
import { langGraph } from './langgraph.ts';
import { langSmith } from './langsmith.ts';
import { logfire } from './logfire.ts';
import { mastra } from './mastra.ts';
import { openAiAgents } from './openai-agents.ts';
import { openInference } from './openinference.ts';
import { openLit } from './openlit.ts';
import { otelGenAi } from './otel-genai.ts';
import { telltale } from './telltale.ts';
import { traceloop } from './traceloop.ts';
import { vercelAi } from './vercel-ai.ts';

/** In order of authority: when two dialects on one span disagree about a column, the earlier one is believed. */
export const DIALECTS: readonly Dialect[] = [
  telltale,
  openInference,
  langSmith,
  otelGenAi,
  aiSdk7,
  traceloop,
  laminar,
  mastra,
  vercelAi,
  langfuse,
  openLit,
  logfire,
  langGraph,
  openAiAgents,
];

/** Which attribute is asked first what kind a span is. A table's `corrections` come before gen_ai.operation.name. */
const KIND_ORDER: readonly string[] = [
  TELLTALE.STEP_KIND,
  'openinference.span.kind',
  'gen_ai.operation.name',
  'langfuse.observation.type',
  'traceloop.span.kind',
  'lmnr.span.type',
  'mastra.span.type',
  'ai.operationId',
  'langsmith.span.kind',
  'llm.request.type',
];

/** All rules have all fields: objects of one shape are read fastest. */
export interface Rule {
  readonly slot: number;
  /** Lower wins. */
  readonly priority: number;
  /** For kinds: which kind a value means. */
  readonly kinds: KindValues | null;
  /** Looks into the value; null when the value itself fills the slot. */
  readonly read: Source['read'] | null;
  /** The key is one leaf of a list spelled out by index (indexed-list.ts). */
  readonly isLeaf: boolean;
  /** The bit of a key whose presence is a sign of a kind; 0 for others. */
  readonly sign: number;
}

const NO_FIELDS = { slot: 0, priority: 0, kinds: null, read: null, isLeaf: false, sign: 0 } as const;
const rule = (fields: Partial<Rule>): Rule => ({ ...NO_FIELDS, ...fields });

/** A kind, and the bits of the keys that must all be present. */
export interface Sign {
  readonly bits: number;
  readonly kind: SpanKind;
}

/** Values of a kind attribute, compared without regard to case; common spellings are found without allocating a string. */
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

const NO_RULES: readonly Rule[] = [];

export class Rules {
  /** Kinds by the presence of keys, in order of authority. */
  readonly signs: Sign[] = [];
  readonly #exact = new Map<string, Rule[]>();
  /** Rules for keys with a `*`. */
  readonly #patterns: { prefix: string; suffix: string; rule: Rule }[] = [];
  readonly #indexed: { prefix: string; slot: 'input' | 'output' }[] = [];
  readonly #signBits = new Map<string, number>();

  constructor(dialects: readonly Dialect[] = DIALECTS) {
    let priority = 0;
    for (const [key, values] of kindsInOrder(dialects)) {
      this.#add(key, rule({ slot: SLOT.kind, priority: ++priority, kinds: new KindValues(values) }));
    }
    for (const dialect of dialects) {
      for (const { key, read } of dialect.kindSources ?? [])
        this.#add(key, rule({ slot: SLOT.kind, priority: ++priority, read }));
      for (const slot of SLOTS) {
        if (slot === 'kind') continue;
        for (const source of dialect.columns?.[slot] ?? []) {
          const fields = { slot: SLOT[slot], priority: ++priority };
          if (typeof source === 'string') this.#add(source, rule(fields));
          else this.#add(source.key, rule({ ...fields, read: source.read }));
        }
      }
      for (const slot of ['input', 'output'] as const) {
        for (const prefix of dialect.indexed?.[slot] ?? []) this.#indexed.push({ prefix: `${prefix}.`, slot });
      }
      for (const { keys, kind } of dialect.signs ?? []) {
        this.signs.push({ bits: keys.reduce((bits, key) => bits | this.#signBit(key), 0), kind });
      }
    }
  }

  /** What the key fills. Asked once per distinct key (otlp/keys.ts). */
  rulesFor(key: string): readonly Rule[] {
    const rules = [...(this.#exact.get(key) ?? NO_RULES)];
    for (const { prefix, suffix, rule: found } of this.#patterns) {
      const isLong = key.length > prefix.length + suffix.length;
      if (isLong && key.startsWith(prefix) && key.endsWith(suffix)) rules.push(found);
    }
    for (const { prefix, slot } of this.#indexed) {
      if (key.startsWith(prefix)) rules.push(rule({ slot: SLOT[slot], isLeaf: true }));
    }
    return rules;
  }

  /** Prefixes of indexed lists that can fill a column, best first. */
  indexedPrefixes(slot: Slot): string[] {
    return this.#indexed.filter((entry) => entry.slot === slot).map((entry) => entry.prefix);
  }

  #signBit(key: string): number {
    let bit = this.#signBits.get(key);
    if (bit !== undefined) return bit;
    if (this.#signBits.size >= 31) throw new Error('There are more keys that are signs of a kind than bits.');
    bit = 1 << this.#signBits.size;
    this.#signBits.set(key, bit);
    this.#add(key, rule({ sign: bit }));
    return bit;
  }

  #add(key: string, added: Rule): void {
    const star = key.indexOf('*');
    if (star >= 0) {
      this.#patterns.push({ prefix: key.slice(0, star), suffix: key.slice(star + 1), rule: added });
      return;
    }
    const rules = this.#exact.get(key);
    if (rules === undefined) this.#exact.set(key, [added]);
    else rules.push(added);
  }
}

type KindTable = readonly [key: string, values: Readonly<Record<string, TableKind>>];

/** The tables of kinds of all dialects in KIND_ORDER; attributes that are not listed there come last. */
function kindsInOrder(dialects: readonly Dialect[]): KindTable[] {
  const listed: KindTable[] = dialects.flatMap(({ kinds }) => Object.entries(kinds ?? {}));
  const corrections: KindTable[] = dialects.flatMap((dialect) => Object.entries(dialect.corrections ?? {}));
  const inOrder = KIND_ORDER.flatMap((key) => [
    ...(key === 'gen_ai.operation.name' ? corrections : []),
    ...listed.filter(([name]) => name === key),
  ]);
  return [...inOrder, ...listed.filter(([name]) => !KIND_ORDER.includes(name))];
}
