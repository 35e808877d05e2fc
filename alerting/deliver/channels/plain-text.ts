// Makes untrusted text safe to show on one line: nothing in it moves a cursor, colors a terminal or changes the reading
// direction; such characters are shown escaped.
import { clip } from '#domain/clip';

// C0 and C1 controls, zero-width and direction marks, line separators, the byte order mark, and tag characters.
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** One line of at most `maxChars` characters; longer text ends in an ellipsis. */
export function plainText(text: string, maxChars: number): string {
  const line = text
    .toWellFormed()
    .replace(/[\r\n\t]+/g, ' ')
    .replace(INVISIBLE, (char) => `\\u{${(char.codePointAt(0) as number).toString(16)}}`)
    .trim();
  return clip(line, maxChars);
}
