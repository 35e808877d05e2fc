// The logarithmic scale on which amounts (durations, costs) are counted, for shares and percentiles of them.

/** One part of the scale: amounts that differ by less are the same. */
export const BIN_RATIO = 1.05;

/** The upper edge of a bin, in the unit of the amounts. */
export const binAmount = (bin: number): number => BIN_RATIO ** (bin + 1);
