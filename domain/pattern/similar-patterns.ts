// Which error patterns look alike, so that a person may merge them. A suggestion changes nothing and never pages. Pure.
import { type Alignment, alignWords, isMask, isNameLike, isNaming, weightOf, wordsOf } from './word-alignment.ts';

export interface PatternText {
  readonly fingerprint: string;
  readonly errorType: string;
  /** The normalized message (`error_template`), at most 400 characters. */
  readonly template: string;
  readonly agent: string;
  /** The tool's, the model's or the span's name. */
  readonly step: string;
}

export interface MergeSuggestion {
  /** Sorted; two or more. The first is the one to merge into, if the caller has no better reason. */
  readonly fingerprints: readonly string[];
  /** 0..1: the share of the words that all of them have in common, in the same order. 1: only the stack differs. */
  readonly score: number;
  /** What they have in common, with `<*>` where they differ. */
  readonly template: string;
  /** For each `<*>`, the texts found there ('' = nothing), sorted, at most `MAX_TEXTS_SHOWN`. */
  readonly differences: readonly (readonly string[])[];
}

/** Below this share of common words two messages are not called alike. */
export const MIN_SIMILARITY = 0.6;
const MIN_COMMON_WEIGHT = 2;
const MAX_TEXTS_SHOWN = 10;
/** Among very many patterns of one step, each is compared with this many neighbours in alphabetical order. */
const NEIGHBOURS = 200;
/** How much stricter each attempt gets to take a chain of look-alikes apart. */
const STRICTER = 0.1;

/**
 * Groups of patterns that look alike, best score first. Only patterns of the same agent, step and error type are
 * compared, and never two that differ in a code, a status, an identifier or the words of the sentence: those are other
 * errors by design of the fingerprint. What is left are names and values that no rule could mask. Like Drain (He et al., ICWS 2017) it compares messages word by word, but over the whole list at once, so
 * the answer does not depend on the order of the list. Patterns given twice count once.
 */
export function similarPatterns(patterns: readonly PatternText[], minSimilarity = MIN_SIMILARITY): MergeSuggestion[] {
  const scopes = new Map<string, Map<string, PatternText>>();
  for (const pattern of patterns) {
    const key = JSON.stringify([pattern.agent, pattern.step, pattern.errorType]);
    const scope = scopes.get(key) ?? new Map<string, PatternText>();
    const known = scope.get(pattern.fingerprint);
    // One fingerprint in two wordings can only be foreign data; which one counts must not depend on the order.
    if (known === undefined || pattern.template < known.template) scope.set(pattern.fingerprint, pattern);
    scopes.set(key, scope);
  }
  const found = [...scopes.values()].flatMap((scope) => suggestIn([...scope.values()], minSimilarity));
  return found.sort((a, b) => b.score - a.score || compare(a.fingerprints[0] as string, b.fingerprints[0] as string));
}

interface Wording {
  readonly words: readonly string[];
  readonly weight: number;
  readonly fingerprints: readonly string[];
}

function suggestIn(patterns: readonly PatternText[], minSimilarity: number): MergeSuggestion[] {
  if (patterns.length < 2) return [];
  const byTemplate = new Map<string, string[]>();
  for (const { template, fingerprint } of patterns) {
    const same = byTemplate.get(template);
    if (same === undefined) byTemplate.set(template, [fingerprint]);
    else same.push(fingerprint);
  }
  const wordings = [...byTemplate]
    .sort(([a], [b]) => compare(a, b))
    .map(([template, fingerprints]) => {
      const words = wordsOf(template);
      return { words, weight: weightOf(words), fingerprints: fingerprints.sort(compare) };
    });
  return split(wordings, minSimilarity)
    .map(toSuggestion)
    .filter(({ fingerprints }) => fingerprints.length > 1);
}

/**
 * Chains of look-alikes, taken apart where their ends no longer look alike: first and last of `a b c`, `b c d`, `c d e`
 * share one word.
 */
function split(wordings: readonly Wording[], minSimilarity: number): Wording[][] {
  const groups: Wording[][] = [];
  for (const group of linked(wordings, minSimilarity)) {
    if (group.length < 2 || isAlike(group, minSimilarity)) groups.push(group);
    else if (minSimilarity >= 1) groups.push(...group.map((wording) => [wording]));
    else groups.push(...split(group, Math.min(1, minSimilarity + STRICTER)));
  }
  return groups;
}

function isAlike(group: readonly Wording[], minSimilarity: number): boolean {
  const common = commonWords(group);
  const weight = weightOf(common);
  return weight >= MIN_COMMON_WEIGHT && weight / meanWeight(group) >= minSimilarity;
}

/** The connected parts of the graph whose edges are pairs that look alike. */
function linked(wordings: readonly Wording[], minSimilarity: number): Wording[][] {
  const parent = wordings.map((_, i) => i);
  const rootOf = (i: number): number => {
    let root = i;
    while (parent[root] !== root) root = parent[root] as number;
    parent[i] = root;
    return root;
  };
  for (const [i, a] of wordings.entries()) {
    for (let j = i + 1; j < wordings.length && j <= i + NEIGHBOURS; j++) {
      const b = wordings[j] as Wording;
      if (rootOf(i) === rootOf(j) || !lookAlike(a, b, minSimilarity)) continue;
      parent[Math.max(rootOf(i), rootOf(j))] = Math.min(rootOf(i), rootOf(j));
    }
  }
  const groups = new Map<number, Wording[]>();
  for (const [i, wording] of wordings.entries()) {
    const group = groups.get(rootOf(i));
    if (group === undefined) groups.set(rootOf(i), [wording]);
    else group.push(wording);
  }
  return [...groups.values()];
}

function lookAlike(a: Wording, b: Wording, minSimilarity: number): boolean {
  const both = a.weight + b.weight;
  // No alignment has more in common than the shorter one has words: most pairs end here.
  if (2 * Math.min(a.weight, b.weight) < minSimilarity * both) return false;
  const alignment = alignWords(a.words, b.words);
  const common = weightOf(alignment.common);
  return common >= MIN_COMMON_WEIGHT && (2 * common) / both >= minSimilarity && !differInKind(alignment);
}

/** Codes, statuses, identifiers and the words of the sentence distinguish errors; names and masked values do not. */
function differInKind({ gapsA, gapsB }: Alignment): boolean {
  return [gapsA, gapsB].some((gaps) =>
    gaps.some((gap, place) => {
      const words = gap.filter((word) => !isMask(word));
      if (words.some(isNaming)) return true;
      return words.length > 0 && !words.some((word, i) => isNameLike(word, place === 0 && i === 0));
    }),
  );
}

function commonWords(group: readonly Wording[]): readonly string[] {
  let common = (group[0] as Wording).words;
  for (const { words } of group.slice(1)) common = alignWords(common, words).common;
  return common;
}

function meanWeight(group: readonly Wording[]): number {
  return group.reduce((sum, { weight }) => sum + weight, 0) / group.length;
}

function toSuggestion(group: readonly Wording[]): MergeSuggestion {
  const common = commonWords(group);
  const gaps = group.map(({ words }) => alignWords(common, words).gapsB.map((gap) => gap.join(' ')));
  const parts: string[] = [];
  const differences: string[][] = [];
  for (let i = 0; i <= common.length; i++) {
    const texts = [...new Set(gaps.map((of) => of[i] as string))].sort(compare);
    if (texts.length > 1 || texts[0] !== '') {
      parts.push('<*>');
      differences.push(texts.slice(0, MAX_TEXTS_SHOWN));
    }
    if (i < common.length) parts.push(common[i] as string);
  }
  const mean = meanWeight(group);
  return {
    fingerprints: group.flatMap(({ fingerprints }) => fingerprints).sort(compare),
    score: group.length === 1 || mean === 0 ? 1 : Math.round((weightOf(common) / mean) * 1000) / 1000,
    template: parts.join(' '),
    differences,
  };
}

/** By code units: the same on every machine, whatever its language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
