// What the finders of secrets report, and to whom.

/** How a mask must be written so that the text around it keeps its meaning. */
export const PLAIN = -1;
/** A number of JSON that may not be put in quotes: digits in its place. */
export const DIGITS = -2;

/**
 * Takes one secret that was found; it may overwrite the bytes, in place and as long as they are.
 * @param kind what it is, in 1 to 12 small letters
 * @param quoting PLAIN; DIGITS; or, for a bare number of JSON, the backslashes before each quote of its nesting level:
 *   the mask becomes a string there
 */
export type Take = (bytes: Uint8Array, kind: string, start: number, end: number, quoting: number) => void;

/** A text that was masked before begins so: what was masked is not looked at again. */
export const MASK_BEGINS = '[redacted';
