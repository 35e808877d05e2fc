// Limits of text that is shown: characters are code points, and a cut never falls inside a grapheme (an emoji of several
// code points, a letter with its combining marks). Pure.

/** Characters in the sense of every `…MAX_CHARS`: code points, which is what the engine's SQL counts too. */
export function charCount(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at = next(text, at)) count++;
  return count;
}

/** The start of the text, at most `maxChars` characters; the same text when that is all of it. */
export function headOf(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  let end = 0;
  for (let count = 0; count < maxChars && end < text.length; count++) end = next(text, end);
  return end === text.length ? text : text.slice(0, wholeEnd(text, end));
}

/** At most `maxChars` characters; longer text ends in an ellipsis, which counts. */
export function clip(text: string, maxChars: number): string {
  if (headOf(text, maxChars) === text) return text;
  return `${headOf(text, maxChars - 1).trimEnd()}…`;
}

/** The end of the last whole grapheme up to `end`, which is between two code points of the text. */
export function wholeEnd(text: string, end: number): number {
  if (PLAIN.test(text.slice(end - 1, end + 1))) return end;
  const start = graphemes.segment(text.slice(0, end + 2)).containing(end)?.index ?? end;
  // Marks piled on one letter without end are nothing whole to keep: they are cut between two of them.
  return start > 0 && end - start < MAX_GRAPHEME ? start : end;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** UTF-16 units that no grapheme of real writing reaches. */
const MAX_GRAPHEME = 64;
/** No grapheme spans two of these. */
const PLAIN = /^[\x20-\x7e]{2}$/;

const next = (text: string, at: number): number => at + ((text.codePointAt(at) as number) > 0xffff ? 2 : 1);
