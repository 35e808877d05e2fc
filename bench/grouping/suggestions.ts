// What the merge suggestions (domain/pattern/similar-patterns.ts) would do with the patterns that the fingerprints made. Pure.
import { similarPatterns } from '../../domain/pattern/similar-patterns.ts';

export interface PatternOfClass {
  readonly class: string;
  readonly fingerprint: string;
  readonly errorType: string;
  readonly template: string;
  readonly agent: string;
  readonly step: string;
}

export interface SuggestionVerdict {
  /** Classes that more than one fingerprint stands for. */
  readonly splitClasses: number;
  /** Of those, how many a suggestion of one class only would bring nearer together. */
  readonly helped: number;
  /** Of those, how many would then be one pattern. */
  readonly whole: number;
  readonly suggestions: number;
  /** Suggestions that hold patterns of more than one class. */
  readonly wrong: readonly string[];
}

/** @param errors one per error; a fingerprint of several classes counts for the first */
export function judgeSuggestions(errors: readonly PatternOfClass[]): SuggestionVerdict {
  const patterns = new Map<string, PatternOfClass>();
  for (const error of errors) if (!patterns.has(error.fingerprint)) patterns.set(error.fingerprint, error);
  const printsOf = new Map<string, number>();
  for (const pattern of patterns.values()) printsOf.set(pattern.class, (printsOf.get(pattern.class) ?? 0) + 1);
  const split = [...printsOf].filter(([, prints]) => prints > 1).map(([name]) => name);
  const helped = new Set<string>();
  const merged = new Map<string, number>();
  const wrong: string[] = [];
  const suggestions = similarPatterns([...patterns.values()]);
  for (const { fingerprints, template } of suggestions) {
    const names = new Set(fingerprints.map((fingerprint) => patterns.get(fingerprint)?.class as string));
    const [name] = names as Set<string>;
    if (names.size > 1) wrong.push(`${[...names].join(' + ')}: ${template}`);
    else if (name !== undefined) {
      helped.add(name);
      merged.set(name, (merged.get(name) ?? 0) + fingerprints.length - 1);
    }
  }
  const whole = split.filter((name) => merged.get(name) === (printsOf.get(name) as number) - 1);
  return {
    splitClasses: split.length,
    helped: helped.size,
    whole: whole.length,
    suggestions: suggestions.length,
    wrong,
  };
}
