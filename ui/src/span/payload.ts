// Long texts: their head and tail with what is left out between, never a silent cut.
import { wholeEnd } from '../whole-text.ts';

export interface Piece {
  readonly head: string;
  readonly tail: string;
  /** Characters between them; 0 when nothing is left out. */
  readonly hidden: number;
}

const HEAD_CHARS = 12_000;
const TAIL_CHARS = 4_000;

/** Splits a text that is too long to show at once; never inside a grapheme. */
export function pieceOf(text: string, head = HEAD_CHARS, tail = TAIL_CHARS): Piece {
  // A text slightly too long is shown whole: hiding a few characters saves nothing.
  if (text.length <= (head + tail) * 1.25) return { head: text, tail: '', hidden: 0 };
  const headEnd = wholeEnd(text, head);
  const tailStart = wholeEnd(text, text.length - tail);
  return { head: text.slice(0, headEnd), tail: text.slice(tailStart), hidden: tailStart - headEnd };
}

/** Size in bytes as UTF-8. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
