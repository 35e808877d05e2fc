// Makes untrusted text fit to leave the machine: short, secrets masked, no address, no figure. Pure.
import { clip } from '#domain/clip';
import { oneLine } from '#domain/run/facts/clean';
import { maskSecrets } from '#domain/run/facts/mask-secrets';

/** Longest quotation of untrusted text, in the prompt and in a sentence. */
const WORDS_MAX_CHARS = 140;

/** Masks secrets in a text; more may be masked than `maskSecrets` does, never less. */
export type Mask = (text: string) => string;

const ADDRESS = /\b(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.|mailto:|data:|javascript:)[^\s<>"')\]]*/gi;
const ID = /\b(?=[0-9a-f-]*\d)[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b/gi;

/** Untrusted text as it is shown: masked, without addresses that could become links. */
export const shownWords = (text: string, mask: Mask): string =>
  clip(maskSecrets(mask(oneLine(text))).replace(ADDRESS, '[link]'), WORDS_MAX_CHARS);

/** As the model sees them: no digits, so that no figure of theirs is repeated or compared. */
export const withoutFigures = (text: string): string => text.replace(ID, '#').replace(/\p{N}+/gu, '#');
