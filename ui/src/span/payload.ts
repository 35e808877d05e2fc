// Long texts: their head and tail with what is left out between, never a silent cut.

export interface Piece {
  readonly head: string;
  readonly tail: string;
  /** Characters between them; 0 when nothing is left out. */
  readonly hidden: number;
}

const HEAD_CHARS = 12_000;
const TAIL_CHARS = 4_000;

/** Splits a text that is too long to show at once; a pair of surrogates is never cut in half. */
export function pieceOf(text: string, head = HEAD_CHARS, tail = TAIL_CHARS): Piece {
  // A little too long is shown whole: a gap of a few characters helps nobody.
  if (text.length <= (head + tail) * 1.25) return { head: text, tail: '', hidden: 0 };
  const headEnd = isHighSurrogate(text, head - 1) ? head - 1 : head;
  const tailAt = text.length - tail;
  const tailStart = isHighSurrogate(text, tailAt - 1) ? tailAt - 1 : tailAt;
  return { head: text.slice(0, headEnd), tail: text.slice(tailStart), hidden: tailStart - headEnd };
}

const isHighSurrogate = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff;
};

/** Size in bytes as UTF-8. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
