// The message of an error with what varies from one time to the next replaced by its kind, and what names the error
// held as it is. Pure; linear, for every pattern is bounded and looks at no more than 2,000 characters.
import { cutEchoes } from './echoes.ts';
import { HOLDS } from './holds.ts';
import { MASKS } from './masks.ts';
import { traitsOf } from './traits.ts';
import { unwrapJson } from './unwrap-json.ts';

const MAX_MESSAGE_CHARS = 2000;
const MAX_TEMPLATE_CHARS = 400;

// A held piece is one private-use character while the masks are applied. Such characters in a message are dropped.
const FIRST_HELD = 0xe000;
const MAX_HELD = 1000;
const HELD = /[\ue000-\uf8ff]/g;

/**
 * The template of the message, at most 400 characters: equal for the same error with other ids, amounts and times.
 * @param traitsIn says which characters a text has; patterns that need others are not tried
 */
export function maskMessage(message: string, traitsIn = traitsOf): string {
  let text = message.slice(0, MAX_MESSAGE_CHARS).toWellFormed().normalize('NFC').replace(HELD, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colors vary, the error does not
  text = readable(text.replace(/\x1b\[[0-9;?]{0,20}[A-Za-z]/g, '')).slice(0, MAX_MESSAGE_CHARS);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: line ends and control characters vary, the error does not
  text = text.replace(HELD, '').replace(/[\x00-\x1f\x7f]{1,100}/g, ' ');
  const traits = traitsIn(text);
  const held: string[] = [];
  for (const [needs, pattern] of HOLDS) {
    if ((traits & needs) !== needs) continue;
    text = text.replace(pattern, (match: string, ...groups: unknown[]) => {
      const piece = typeof groups[0] === 'string' ? groups[0] : match;
      if (held.length >= MAX_HELD) return match;
      const at = match.lastIndexOf(piece);
      const mark = String.fromCharCode(FIRST_HELD + held.push(piece) - 1);
      return match.slice(0, at) + mark + match.slice(at + piece.length);
    });
  }
  for (const [needs, pattern, mask] of MASKS) {
    // What was masked so far brought no such character in, so the first look still holds.
    if ((traits & needs) !== needs) continue;
    text = typeof mask === 'string' ? text.replace(pattern, mask) : text.replace(pattern, mask);
  }
  text = text.replace(/(<[a-z]{1,8}>)(?:[\s,;|/-]{1,4}\1){1,200}/g, '$1').replace(/\s{2,}/g, ' ');
  // From the last to the first: a piece may hold a mark that was set before.
  for (let i = held.length - 1; i >= 0; i--) {
    text = text.replace(String.fromCharCode(FIRST_HELD + i), () => held[i] as string);
  }
  return text.replace(HELD, '').trim().slice(0, MAX_TEMPLATE_CHARS).toWellFormed();
}

/** What JSON says, without what the error repeats of others' texts. JSON may have followed such a text. */
function readable(text: string): string {
  const unwrapped = unwrapJson(text);
  const cut = cutEchoes(unwrapped);
  return cut === unwrapped ? cut : unwrapJson(cut);
}
