// How much the facts of a run hold, and their version.
/** Goes up when the shape or the rules change: stored facts of an older version are computed again. */
export const FACTS_VERSION = 1;

export const CITED_MAX = 5;

/** Longest texts, in characters. All are one line, without control and direction characters, with secrets masked. */
export const NAME_MAX_CHARS = 80;

export const REASON_MAX_CHARS = 200;

export const EXCERPT_MAX_CHARS = 300;

/** Longest lists; the counts beside them are exact. */
export const STEPS_MAX = 60;

export const LIST_MAX = 20;
