// Words that the project once used in a private sense, counted so that they do not come back. CONTRIBUTING.md says which
// terms to use instead.
import { moduleOf, type SourceFile } from './source-rules.ts';

// In pieces, so that this file has none of them.
const WORDS =
  /\b(ow(?:e|ed)|men(?:d\w*)|stran(?:gers?)|some(?:body)|to(?:ld)|doo(?:rs?)|kno(?:ck\w*)|ta(?:le)|redri(?:ve\w*))\b/gi;

/** Files that must name the words, or that record what was written at its time. */
const EXEMPT =
  /^docs\/decisions\/|CHANGELOG[^/]*$|(^|\/)fixtures\/|^bench\/grouping\/provoke\/|^test\/(words\.test|support\/private-words)\.ts$/;

/** Whether the words are counted in this file. */
export const isCounted = (file: string): boolean => /\.(ts|svelte|md|mjs)$/.test(file) && !EXEMPT.test(file);

/** How often the words occur in a text. */
export const countWords = (text: string): number => [...text.matchAll(WORDS)].length;

/** Documents, commands, settings, the API's descriptions and errors, pages. */
export const isUserVisible = (file: string): boolean =>
  isCounted(file) &&
  (/\.(md|svelte)$/.test(file) ||
    /^(cli|app|deploy|contracts\/routes)\/|^(main|config|domain\/errors)\.ts$/.test(file)) &&
  !/\.test\.ts$/.test(file);

/** What of a file a user may see: a component without its classes, styles and comments; other files whole. */
export const visibleText = ({ file, text }: SourceFile): string =>
  file.endsWith('.svelte')
    ? text
        .replace(/<style>[\s\S]*?<\/style>/g, '')
        .replace(/<!--[\s\S]*?-->/g, '')
        .replace(/\bclass(:\w+)?="[^"]*"/g, '')
        .replace(/^\s*(\/\/|\/?\*).*$/gm, '')
    : text;

/** The sums of `count` by `key`, without zeros. */
function sumBy(
  files: readonly SourceFile[],
  key: (file: string) => string,
  count: (one: SourceFile) => number,
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of files) {
    const found = count(one);
    if (found > 0) sums[key(one.file)] = (sums[key(one.file)] ?? 0) + found;
  }
  return sums;
}

/** Occurrences by module; a file at the root is a module of its own, and `sdk/` is one module. */
export const wordsByModule = (files: readonly SourceFile[]): Record<string, number> =>
  sumBy(
    files.filter(({ file }) => isCounted(file)),
    (file) => (file.startsWith('sdk/') ? 'sdk' : moduleOf(file)),
    ({ text }) => countWords(text),
  );

/** Occurrences by file in what users see. */
export const wordsUsersSee = (files: readonly SourceFile[]): Record<string, number> =>
  sumBy(
    files.filter(({ file }) => isUserVisible(file)),
    (file) => file,
    (one) => countWords(visibleText(one)),
  );

/** What is above its maximum, as `name: count, at most maximum`. What has no maximum must be 0. */
export const above = (counts: Readonly<Record<string, number>>, maxima: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts)
    .filter(([name, count]) => count > (maxima[name] ?? 0))
    .map(([name, count]) => `${name}: ${count}, at most ${maxima[name] ?? 0}`);
