// How a time is written for a column of type DateTime64(3, 'UTC').

/** @param ms since 1970 */
export const sqlTime = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
