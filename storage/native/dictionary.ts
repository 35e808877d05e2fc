// Interns byte strings: each distinct one gets a number, in order of first sight. An open-addressing table on the bytes
// themselves, so a name that was seen before costs no JS string.
import { ByteSink } from './byte-sink.ts';
import { grow } from './columns.ts';

// Where the hash starts is chosen per process, so nobody outside can prepare keys that collide.
const SEED = (Math.random() * 0x7fffffff) | 0;

/** FNV-1a over the bytes. The whole string is read: names here are short, and sampling invites collisions. */
export function hashBytes(source: Uint8Array, start: number, end: number): number {
  let hash = SEED ^ 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (source[i] as number), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

export class Dictionary {
  /** The keys as Native writes them: varint length, bytes, one after another. */
  readonly keys = new ByteSink();
  size = 0;
  #starts = new Uint32Array(256);
  #ends = new Uint32Array(256);
  #hashes = new Uint32Array(256);
  /** Number + 1, or 0 where free. */
  #table = new Uint32Array(1024);
  readonly #texts = new Map<string, number>();
  /** The number of the empty text, by far the most frequent one; −1 = not interned yet. */
  #empty = -1;
  readonly #scratch = new ByteSink(256);

  /** The number of these bytes, given now if they are new. @param hash `hashBytes` of the same bytes */
  intern(source: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    for (;;) {
      const found = (this.#table[slot] as number) - 1;
      if (found < 0) return this.#add(source, start, end, hash, slot);
      if (this.#hashes[found] === hash && this.isAt(found, source, start, end)) return found;
      slot = (slot + 1) & mask;
    }
  }

  /** The number of these bytes, or −1 when they were never interned. @param hash `hashBytes` of the same bytes */
  find(source: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = (this.#table[slot] as number) - 1;
      if (found < 0) return -1;
      if (this.#hashes[found] === hash && this.isAt(found, source, start, end)) return found;
    }
  }

  internText(text: string): number {
    if (text === '' && this.#empty >= 0) return this.#empty;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#scratch.length = 0;
    this.#scratch.text(text);
    const { bytes, length } = this.#scratch;
    const number = this.intern(bytes, 0, length, hashBytes(bytes, 0, length));
    this.#texts.set(text, number);
    if (text === '') this.#empty = number;
    return number;
  }

  clear(): void {
    this.keys.length = 0;
    this.size = 0;
    this.#table.fill(0);
    this.#texts.clear();
    this.#empty = -1;
  }

  /** Whether these bytes have this number. */
  isAt(number: number, source: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[number] as number;
    if ((this.#ends[number] as number) - from !== end - start) return false;
    const { bytes } = this.keys;
    for (let i = start, at = from; i < end; i++, at++) if (bytes[at] !== source[i]) return false;
    return true;
  }

  #add(source: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const number = this.size++;
    if (number === this.#starts.length) {
      this.#starts = grow(this.#starts);
      this.#ends = grow(this.#ends);
      this.#hashes = grow(this.#hashes);
    }
    this.keys.varint(end - start);
    this.#starts[number] = this.keys.length;
    this.keys.copy(source, start, end);
    this.#ends[number] = this.keys.length;
    this.#hashes[number] = hash;
    this.#table[slot] = number + 1;
    if (this.size * 2 > this.#table.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const table = new Uint32Array(this.#table.length * 4);
    const mask = table.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = (this.#hashes[number] as number) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = number + 1;
    }
    this.#table = table;
  }
}
