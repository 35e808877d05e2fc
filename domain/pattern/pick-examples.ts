// A few of many failing runs, chosen to differ. Pure.

interface Failing {
  readonly agent: string;
  readonly version: string;
  readonly model: string;
  readonly fingerprint: string;
  readonly message: string;
}

/**
 * At most `count` of the runs, in the order given: the first, then each time the one that brings most that was not there
 * yet (merged pattern, version, agent, model, wording); of equals the earlier. Only the first 100 are considered.
 */
export function pickExamples<T extends Failing>(runs: readonly T[], count: number): T[] {
  const left = runs.slice(0, 100);
  const chosen: T[] = [];
  const known = new Set<string>();
  while (chosen.length < count && left.length > 0) {
    let best = 0;
    for (const [i, run] of left.entries()) {
      if (newsOf(run, known) > newsOf(left[best] as T, known)) best = i;
    }
    const [run] = left.splice(best, 1) as [T];
    for (const trait of traitsOf(run)) known.add(trait);
    chosen.push(run);
  }
  return runs.filter((run) => chosen.includes(run));
}

const traitsOf = ({ fingerprint, version, agent, model, message }: Failing): string[] => [
  `f ${fingerprint}`,
  `v ${version}`,
  `a ${agent}`,
  `m ${model}`,
  `t ${message.replace(/\d+/g, '#')}`,
];

const newsOf = (run: Failing, known: ReadonlySet<string>) => traitsOf(run).filter((trait) => !known.has(trait)).length;
