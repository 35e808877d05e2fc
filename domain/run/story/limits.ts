// How long a story is.
export const HEADLINE_MAX_CHARS = 90;

export const SENTENCES_MAX = 6;
