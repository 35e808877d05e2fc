// Attribute keys that were seen before. Clients send the same few keys again and again, in the same order: each is looked
// up once per span, as a rule by one comparison with the key that followed its predecessor last time, and remembers what
// it means to those who ask.
import { hashBytes } from '#storage/native/dictionary';
import type { KeyMemo } from '#storage/native/low-cardinality';
import { cutKeyOf, MAX_KEY_BYTES as MAX_STORED_KEY_BYTES } from '../../redact/cut-long.ts';
import type { FieldKind } from '../../redact/field-kind.ts';
import type { Redactor } from '../../redact/redactor.ts';
import type { Rule, Rules } from '../dialects/rules.ts';

/** The cache is cleared beyond this many distinct keys: keys are untrusted input. */
const MAX_KEYS = 50_000;
/** Longer keys mean nothing to a table and are not worth remembering. */
const MAX_KEY_BYTES = 200;
const NO_RULES: readonly Rule[] = [];

export class Key implements KeyMemo {
  readonly bytes: Buffer;
  readonly hash: number;
  readonly text: string;
  /** What the key fills, by the dialect tables. */
  readonly rules: readonly Rule[];
  /** What the key says of its value. */
  readonly field: FieldKind;
  /** The key that followed last time. */
  next: Key | null = null;
  owner: object | null = null;
  number = 0;

  constructor(bytes: Buffer, hash: number, rules: AskRules, secrets: AskField) {
    this.bytes = bytes;
    this.hash = hash;
    this.text = bytes.toString('utf8');
    this.rules = bytes.length > MAX_KEY_BYTES ? NO_RULES : rules.rulesFor(this.text);
    this.field = secrets.fieldOf(bytes, 0, bytes.length, hash);
  }
}

/** What is asked of a key when it is new: the dialect tables, whether it names a secret, and whether it holds one. */
type AskRules = Pick<Rules, 'rulesFor'>;
type AskField = Pick<Redactor, 'fieldOf'>;
type AskSecrets = Pick<Redactor, 'fieldOf' | 'maskedKey'>;

/** Precedes the first key of a list. */
export const startKey = (): Key => new Key(Buffer.alloc(0), 0, { rulesFor: () => NO_RULES }, { fieldOf: () => 'text' });

export class Keys {
  readonly #rules: AskRules;
  readonly #secrets: AskSecrets;
  #size = 0;
  #table: (Key | null)[] = new Array(1024).fill(null);

  constructor(rules: AskRules, secrets: AskSecrets) {
    this.#rules = rules;
    this.#secrets = secrets;
  }

  /** The key in these bytes. @param before the key that precedes it in its list; for the first, the list's own `startKey` */
  of(source: Buffer, start: number, end: number, before: Key): Key {
    const likely = before.next;
    if (likely !== null && isSame(likely, source, start, end)) return likely;
    const found = this.#find(source, start, end);
    // A long key is not remembered, so nothing that is remembered may hold it.
    if (found.bytes.length <= MAX_KEY_BYTES) before.next = found;
    return found;
  }

  #find(source: Buffer, start: number, end: number): Key {
    if (end - start > MAX_STORED_KEY_BYTES) return this.#cut(source, start, end);
    const hash = hashBytes(source, start, end);
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    for (let key = this.#table[slot]; key !== null && key !== undefined; key = this.#table[slot]) {
      if (key.hash === hash && isSame(key, source, start, end)) return key;
      slot = (slot + 1) & mask;
    }
    const bytes = Buffer.from(source.subarray(start, end));
    const masked = this.#secrets.maskedKey(bytes);
    // A key with a secret in it is read anew each time, so that nothing remembers the secret.
    if (masked !== bytes) return new Key(masked, hashBytes(masked, 0, masked.length), this.#rules, this.#secrets);
    const key = new Key(bytes, hash, this.#rules, this.#secrets);
    if (end - start <= MAX_KEY_BYTES) this.#add(key, slot);
    return key;
  }

  /** A key too long to be stored, already as it is stored: lists hold on to their keys. The whole of it says whether it is a secret. */
  #cut(source: Buffer, start: number, end: number): Key {
    const field = this.#secrets.fieldOf(source, start, end, hashBytes(source, start, end));
    const masked = this.#secrets.maskedKey(source.subarray(start, end));
    const bytes = cutKeyOf(masked, 0, masked.length);
    return new Key(bytes, hashBytes(bytes, 0, bytes.length), this.#rules, { fieldOf: () => field });
  }

  #add(key: Key, slot: number): void {
    if (++this.#size > MAX_KEYS) {
      this.#table = new Array(1024).fill(null);
      this.#size = 0;
      return;
    }
    this.#table[slot] = key;
    if (this.#size * 2 <= this.#table.length) return;
    const old = this.#table;
    const mask = old.length * 4 - 1;
    this.#table = new Array(mask + 1).fill(null);
    for (const each of old) {
      if (each === null) continue;
      let free = each.hash & mask;
      while (this.#table[free] !== null) free = (free + 1) & mask;
      this.#table[free] = each;
    }
  }
}

function isSame(key: Key, source: Buffer, start: number, end: number): boolean {
  const { bytes } = key;
  const { length } = bytes;
  if (length !== end - start) return false;
  // The ends of keys differ more than their beginnings.
  for (let i = length - 1; i >= 0; i--) if (bytes[i] !== source[start + i]) return false;
  return true;
}
