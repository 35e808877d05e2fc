// Aligns two normalized messages word by word: what they share in order, and what differs in between. Pure.

/** A template has at most 400 characters, and so rarely more words than this; what comes after them is not compared. */
const MAX_WORDS = 120;
/** A mask (`<n>`, `<url example.com>`), one character of a script that is written without spaces, or a word. */
const WORD =
  /<[a-z]{1,8}(?: [^<>\s]{1,100})?>|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{M}\p{N}_$]+(?:[./-][\p{L}\p{M}\p{N}_$]+)*/gu;
const MASK = /^<[a-z]{1,8}(?: [^<>]*)?>$/;
/** Has a digit, is all capitals, or joins words as only code does: `429`, `TPM`, `ERR_X`, `rate_limit_error`, `maxTokens`. */
const NAMING = /\d|^[A-Z][A-Z_]+$|[A-Za-z][_./$][A-Za-z]|[a-z][A-Z]/;

/** The words of a template, without punctuation. */
export function wordsOf(template: string): string[] {
  return (template.match(WORD) ?? []).slice(0, MAX_WORDS);
}

export function isMask(word: string): boolean {
  return MASK.test(word);
}

/** Whether the word names an error or a thing in code rather than being prose. A mask does not. */
export function isNaming(word: string): boolean {
  return !isMask(word) && NAMING.test(word);
}

/**
 * Whether the word may be a person's name: a capital first letter that does not begin the message, or letters beyond ASCII.
 * Plain lower case is the sentence itself: `input tokens` and `output tokens` are not one error.
 */
export function isNameLike(word: string, beginsMessage: boolean): boolean {
  return /[^ -~]/.test(word) || (!beginsMessage && /^[A-Z]/.test(word));
}

/** How much information the words carry: masks carry none. */
export function weightOf(words: readonly string[]): number {
  let weight = 0;
  for (const word of words) if (!isMask(word)) weight++;
  return weight;
}

export interface Alignment {
  /** A longest common subsequence. */
  readonly common: readonly string[];
  /** The words of `a` before each common word and after the last: one longer than `common`. */
  readonly gapsA: readonly (readonly string[])[];
  readonly gapsB: readonly (readonly string[])[];
}

/** Aligns `a` and `b`. Takes a.length · b.length steps. */
export function alignWords(a: readonly string[], b: readonly string[]): Alignment {
  const width = b.length + 1;
  // lengths[i · width + j]: of the longest common subsequence of a from i on and b from j on.
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? at(lengths, (i + 1) * width + j + 1) + 1
          : Math.max(at(lengths, (i + 1) * width + j), at(lengths, i * width + j + 1));
    }
  }
  const common: string[] = [];
  const gapsA: string[][] = [[]];
  const gapsB: string[][] = [[]];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      common.push(a[i] as string);
      gapsA.push([]);
      gapsB.push([]);
      i++;
      j++;
    } else if (j === b.length || (i < a.length && at(lengths, (i + 1) * width + j) >= at(lengths, i * width + j + 1))) {
      gapsA.at(-1)?.push(a[i++] as string);
    } else {
      gapsB.at(-1)?.push(b[j++] as string);
    }
  }
  return { common, gapsA, gapsB };
}

function at(lengths: Uint16Array, index: number): number {
  return lengths[index] as number;
}
