// How sure a share is, from how many it was counted.
// Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).

/** Three standard errors: by chance alone a steady share leaves the interval in about one of seven hundred cases. */
const Z = 3;

/** The interval of a share of `hits` in `count`; 0..1 when nothing was counted. Pure. */
export function wilson(hits: number, count: number): { readonly low: number; readonly high: number } {
  if (count === 0) return { low: 0, high: 1 };
  const share = hits / count;
  const spread = (Z * Z) / count;
  const centre = (share + spread / 2) / (1 + spread);
  const half = (Z * Math.sqrt((share * (1 - share)) / count + spread / (4 * count))) / (1 + spread);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
