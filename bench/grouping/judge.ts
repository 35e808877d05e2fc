// How well groups agree with labels, over all pairs of errors. Pure.

export interface Verdict {
  /** Of the pairs put together, the share that belongs together. */
  readonly precision: number;
  /** Of the pairs that belong together, the share put together. */
  readonly recall: number;
  /** Adjusted Rand index: agreement beyond chance, 1 = the same partition (Hubert and Arabie 1985). */
  readonly ari: number;
  readonly groups: number;
  readonly classes: number;
  readonly errors: number;
}

/** @param labels and groups: one of each per error, in the same order */
export function judge(labels: readonly string[], groups: readonly string[]): Verdict {
  const sizes = (keys: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  const pairsIn = (counts: Map<string, number>) => [...counts.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  const byLabel = sizes(labels);
  const byGroup = sizes(groups);
  const right = pairsIn(sizes(labels.map((label, i) => JSON.stringify([label, groups[i]]))));
  const same = pairsIn(byLabel);
  const together = pairsIn(byGroup);
  const all = (labels.length * (labels.length - 1)) / 2;
  const expected = (same * together) / all;
  const most = (same + together) / 2;
  return {
    precision: together === 0 ? 1 : right / together,
    recall: same === 0 ? 1 : right / same,
    ari: most === expected ? 1 : (right - expected) / (most - expected),
    groups: byGroup.size,
    classes: byLabel.size,
    errors: labels.length,
  };
}
