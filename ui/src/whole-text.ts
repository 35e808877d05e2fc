// Where a text may be cut: never inside a grapheme (an emoji of several code points, a letter with its combining marks).

/** UTF-16 units that no grapheme of real writing reaches: marks piled on one letter without end are cut. */
const MAX_GRAPHEME = 64;
// A browser without it cuts between code points.
const graphemes =
  typeof Intl.Segmenter === 'function' ? new Intl.Segmenter('en', { granularity: 'grapheme' }) : undefined;

/** The last place up to `at` between two graphemes. */
export function wholeEnd(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return at;
  const found = graphemes?.segment(text.slice(0, at + MAX_GRAPHEME)).containing(at);
  if (found !== undefined && found.segment.length < MAX_GRAPHEME) return found.index;
  // Half a surrogate pair is never kept.
  return (text.codePointAt(at - 1) ?? 0) > 0xffff ? at - 1 : at;
}

/** The start of the text, at most `limit` UTF-16 units. */
export const headOf = (text: string, limit: number): string => text.slice(0, wholeEnd(text, limit));

/** At most `limit` UTF-16 units; longer text ends in an ellipsis. */
export const shorten = (text: string, limit: number): string =>
  text.length > limit ? `${headOf(text, limit - 1)}…` : text;
