// Looks at one text of a model: every word of it must be everyday, a name in the facts, or a claim that facts are behind.
// Pure.
import type { RunFacts } from '#contracts/run-facts';
import { CAUSAL, CLAIMS, unfoundedClaim } from './claims.ts';
import type { Slot } from './model-view.ts';
import { isAmong, NUMBER_WORDS, OWN_WORDS, wordsOfNames } from './vocabulary.ts';

export interface Behind {
  readonly facts: RunFacts;
  readonly slots: ReadonlyMap<string, Slot>;
  /** Names in the facts, as `modelView` has them. */
  readonly names: readonly string[];
}

export const SLOT = /\{\{f:([a-z0-9_]+)\}\}/g;
const TEXT_MAX_CHARS = 400;
/** Letters of plain English, and the marks of a sentence. */
const PLAIN = /^[A-Za-z ,.;:'’()–-]*$/;
const CAUSE_WORDS =
  /^(?:likely|probably|possibly|perhaps|maybe|appear\w*|seem\w*|suggest\w*|indicat\w*|cause\w*|underl\w*)$/;

/** The text in lower case, slots as `{name}`, which is what claims are looked for in. */
export const plainOf = (text: string): string => text.replace(SLOT, '{$1}').toLowerCase();

/**
 * Why this text is not taken; null when all of it is in the facts.
 * @param mayExplain it is the likely cause: words of cause are what it is for
 */
export function whyNot(text: string, behind: Behind, mayExplain = false): string | null {
  if (text.trim() === '') return 'empty';
  if (text.length > TEXT_MAX_CHARS) return 'too long';
  for (const [, name] of text.matchAll(SLOT)) if (!behind.slots.has(name as string)) return 'unknown slot';
  const own = text.replace(SLOT, ' ');
  if (/\p{N}/u.test(own)) return 'number';
  if (/["“”«»„`]/.test(own)) return 'quotation';
  if (!PLAIN.test(own)) return /[{}]/.test(own) ? 'unknown slot' : 'character';
  if (/[A-Za-z][.:][A-Za-z]/.test(own)) return 'address';
  const plain = plainOf(text);
  if (!mayExplain && CAUSAL.test(plain.replace(/\{[^}]*\}/g, ' '))) return 'causal claim';
  const claim = unfoundedClaim(plain, behind.facts);
  if (claim !== null) return claim;
  return unknownWord(own, behind, mayExplain);
}

function unknownWord(own: string, { names }: Behind, mayExplain: boolean): string | null {
  const named = wordsOfNames(names);
  for (const word of own.toLowerCase().match(/[a-z]+(?:['’][a-z]+)?/g) ?? []) {
    const base = word.replace(/['’]s$|n['’]t$/, '');
    if (NUMBER_WORDS.has(base) && !named.has(base)) return 'number';
    if (isAmong(base, OWN_WORDS) || isAmong(base, named)) continue;
    if (CLAIMS.some(({ words }) => words.test(base))) continue;
    if (mayExplain && (CAUSE_WORDS.test(base) || CAUSAL.test(base))) continue;
    return 'word not in the facts';
  }
  return null;
}
