// Where a text may be cut: never inside a grapheme (an emoji of several code points, a letter with its combining marks).

/** The last place up to `end` between two graphemes. */
export function wholeEnd(text: string, end: number): number {
  return around(text, end).from;
}

/** The first place from `start` on between two graphemes. */
export function wholeStart(text: string, start: number): number {
  return around(text, start).to;
}

/** The start of the text, at most `limit` UTF-16 units. */
export function headOf(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, wholeEnd(text, limit));
}

/** The same with an ellipsis after it when something was cut. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${headOf(text, limit)}…`;
}

/** The places between graphemes next to `at`; both are `at` when it is one. */
function around(text: string, at: number): { from: number; to: number } {
  if (at <= 0 || at >= text.length || PLAIN.test(text.slice(at - 1, at + 1))) return { from: at, to: at };
  const start = baseBefore(text, at);
  const found = graphemes?.segment(text.slice(start, at + MAX_GRAPHEME)).containing(at - start);
  // Marks piled on one letter without end are no grapheme to keep whole; half a surrogate pair is never kept.
  if (found === undefined || found.segment.length >= MAX_GRAPHEME) {
    const isInPair = HIGH.test(text.charAt(at - 1)) && LOW.test(text.charAt(at));
    return isInPair ? { from: at - 1, to: at + 1 } : { from: at, to: at };
  }
  const from = start + found.index;
  return { from, to: from === at ? at : from + found.segment.length };
}

/** A place before `at` where a grapheme begins: at a letter of a simple script, or far enough away. */
function baseBefore(text: string, at: number): number {
  let start = at - 1;
  while (start > 0 && !BASE.test(text.charAt(start)) && at - start < MAX_LOOK_BACK) start--;
  return LOW.test(text.charAt(start)) ? Math.max(0, start - 1) : start;
}

// A Node that was built without Intl cuts between code points.
const graphemes =
  typeof globalThis.Intl?.Segmenter === 'function'
    ? new globalThis.Intl.Segmenter('en', { granularity: 'grapheme' })
    : undefined;
/** More UTF-16 units than any grapheme of real text has; the longest family emoji has a sixth of it. */
const MAX_GRAPHEME = 64;
/** Flags are pairs: which letter of a long row of them begins one is known from the row's start only. */
const MAX_LOOK_BACK = 2000;
/** A grapheme begins here: letters before the first combining mark, kana, and Chinese characters. */
const BASE = /^[\x20-\u02ff\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff]$/;
const PLAIN = /^[\x20-\x7e]{2}$/;
const HIGH = /^[\ud800-\udbff]$/;
const LOW = /^[\udc00-\udfff]$/;
