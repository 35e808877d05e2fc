// Words of strangers made fit for a sentence: one line, nothing invisible, no secret, not too long. Pure.
import { maskSecrets } from './mask-secrets.ts';

/** Control and format characters: they hide text or turn the reading direction. Joiners belong to letters and emoji. */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}]/gu;
export const NO_NAME = '(no name)';

/** At most `maxChars` characters (code points), cut between two of them and marked with an ellipsis. */
export function clip(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const characters = [...text.slice(0, 2 * maxChars + 2)];
  if (characters.length <= maxChars) return text;
  return `${characters
    .slice(0, maxChars - 1)
    .join('')
    .trimEnd()}…`;
}

/** One line of plain text; '' when nothing is left to read. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(/\s+/gu, ' ').replace(INVISIBLE, '').replace(/ {2,}/g, ' ').trim();
}

/** A name, or NO_NAME when nothing of it can be read. */
export function cleanName(name: string | null, maxChars: number): string {
  return clip(oneLine((name ?? '').slice(0, 2000)), maxChars) || NO_NAME;
}

/** Longer text of a stranger with its secrets masked; null when there is none. */
export function cleanText(text: string | null, maxChars: number): string | null {
  if (text === null) return null;
  // Masked before it is cut: half a secret is not known as one.
  return clip(maskSecrets(oneLine(text.slice(0, 20 * maxChars))), maxChars) || null;
}
