// Makes untrusted text fit for a sentence: one line, nothing invisible, no secret, not too long. Pure.
import { clip, headOf } from '../../clip.ts';
import { maskSecrets } from './mask-secrets.ts';

/** Control and format characters: they hide text or turn the reading direction. Joiners belong to letters and emoji. */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}]/gu;
export const NO_NAME = '(no name)';

/** One line of plain text; '' when nothing is left to read. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(/\s+/gu, ' ').replace(INVISIBLE, '').replace(/ {2,}/g, ' ').trim();
}

/** Shorter names, and names without a digit, hold no secret of a known shape; a run has up to ten thousand of them. */
const SECRET_CHARS = 16;

/** A run has few names, each of which is cleaned for every step of every list: the last ones are remembered. */
const CLEANED_MAX = 1000;
const CLEANED_CHARS = 200;
const cleaned = new Map<string, string>();

/** A name, or NO_NAME when nothing of it can be read. */
export function cleanName(name: string | null, maxChars: number): string {
  if (name === null || name.length > CLEANED_CHARS) return cleanNameAnew(name, maxChars);
  const key = `${maxChars} ${name}`;
  const known = cleaned.get(key);
  if (known !== undefined) return known;
  if (cleaned.size >= CLEANED_MAX) cleaned.clear();
  const clean = cleanNameAnew(name, maxChars);
  cleaned.set(key, clean);
  return clean;
}

function cleanNameAnew(name: string | null, maxChars: number): string {
  const line = oneLine(headOf(name ?? '', 2000));
  const isHarmless = line.length < SECRET_CHARS || !/\d/.test(line);
  return clip(isHarmless ? line : maskSecrets(line), maxChars) || NO_NAME;
}

/** Longer untrusted text with its secrets masked; null when there is none. */
export function cleanText(text: string | null, maxChars: number): string | null {
  if (text === null) return null;
  // Masked before it is cut: half a secret is not known as one.
  return clip(maskSecrets(oneLine(headOf(text, 20 * maxChars))), maxChars) || null;
}
