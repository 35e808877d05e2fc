// Text looked at two bytes at a time: a table of all 65,536 pairs says which may be part of a sign of a secret. Most
// pairs of any text are not, and four of them are passed over in one step.

/**
 * The bytes that were looked at last, which a request's values share, and their memory as pairs in this machine's order.
 * One request's body is held until the next is looked at.
 */
let last: Uint8Array | null = null;
let words: Uint16Array = new Uint16Array(0);

function wordsOf(bytes: Uint8Array): Uint16Array {
  if (last !== bytes) {
    last = bytes;
    words = new Uint16Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 1);
  }
  return words;
}

/** @param maySay whether a pair of bytes may be part of a sign */
export function pairTable(maySay: (first: number, second: number) => boolean): Uint8Array {
  const table = new Uint8Array(1 << 16);
  const pair = new Uint8Array(2);
  const word = new Uint16Array(pair.buffer);
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      pair[0] = first;
      pair[1] = second;
      if (maySay(first, second)) table[word[0] as number] = 1;
    }
  }
  return table;
}

/**
 * Where to look next: the byte before the first pair that the table does not rule out, but not before `at`, or the first
 * of the last bytes before `end`, which are not looked at in pairs. Pairs begin at even places of the memory, so the
 * table must know a sign by its pairs from either place on.
 */
export function nextPair(table: Uint8Array, bytes: Uint8Array, at: number, end: number): number {
  const base = bytes.byteOffset;
  if (((base + at) & 1) !== 0) return at;
  const words = wordsOf(bytes);
  let i = (base + at) >>> 1;
  const stop = (base + end) >>> 1;
  while (
    i + 4 <= stop &&
    ((table[words[i] as number] as number) |
      (table[words[i + 1] as number] as number) |
      (table[words[i + 2] as number] as number) |
      (table[words[i + 3] as number] as number)) ===
      0
  )
    i += 4;
  while (i < stop && table[words[i] as number] === 0) i++;
  return Math.max(at, i * 2 - base - 1);
}
