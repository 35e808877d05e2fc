// Which files import each other in a circle, and which parts of a module import against its order.
import { dirname, join, normalize } from 'node:path';
import { importsOf, moduleCode, type Rule, type SourceFile } from './source-rules.ts';

/** The file of ours an import leads to, or null. */
function fileOf(from: string, target: string): string | null {
  if (target.startsWith('.')) return normalize(join(dirname(from), target));
  if (target === '#config') return 'config.ts';
  if (target === '#vocabulary') return 'sdk/src/attributes.ts';
  return target.startsWith('#') ? `${target.slice(1)}.ts` : null;
}

/** Tarjan's: groups of files of which each reaches all the others. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const own = index.size;
    index.set(file, own);
    lowest.set(file, own);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      const reached = index.has(next) ? (stack.includes(next) ? (index.get(next) as number) : own) : visit(next);
      lowest.set(file, Math.min(lowest.get(file) as number, reached));
    }
    if (lowest.get(file) === own) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return lowest.get(file) as number;
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return circles;
}

const circlesIn = (files: readonly SourceFile[], counts: (file: string, typeOnly: boolean) => boolean): string[] => {
  const code = moduleCode(files);
  const known = new Set(code.map(({ file }) => file));
  const graph = new Map(
    code.map((source) => [
      source.file,
      importsOf(source).flatMap(({ target, typeOnly }) => {
        const to = fileOf(source.file, target);
        return to !== null && known.has(to) && counts(source.file, typeOnly) ? [to] : [];
      }),
    ]),
  );
  return circlesOf(graph).map((circle) => `in a circle: ${circle.join(', ')}`);
};

/**
 * No file needs, however far around, itself: when it runs, and outside of the SDK also for its types. Types of the SDK
 * name each other (what a step is, what stops it), which does no harm.
 */
export const hasNoCircles: Rule = (files) => circlesIn(files, (file, typeOnly) => !typeOnly || !/^sdk\//.test(file));

/**
 * The parts of a module in the order in which they may import: each itself, and those after it. What is not in a folder
 * puts them together.
 */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  // A span's way, and below it what all of it uses.
  collector: ['receive', 'decode', 'map', 'redact', 'wire', 'spool', 'count'],
  // An error's way backwards: what delivers knows what was decided, what decides knows what was found.
  alerting: ['trial', 'digest', 'summaries', 'deliver', 'notify', 'apply', 'evaluate', 'outbound', 'schedule'],
};

export const goesOneWay: Rule = (files) =>
  moduleCode(files).flatMap((source) => {
    const [module, part, name] = source.file.split('/') as [string, string, string | undefined];
    const order = ORDER[module];
    if (order === undefined || name === undefined) return [];
    return importsOf(source).flatMap(({ target }) => {
      const to = fileOf(source.file, target);
      if (to === null || !to.startsWith(`${module}/`)) return [];
      const isAllowed = order.indexOf(to.split('/')[1] as string) >= order.indexOf(part);
      return isAllowed ? [] : [`${source.file}: ${target} is against the order of ${module}/`];
    });
  });

/**
 * Node takes `#` imports from the nearest package.json, which tests do not notice: vitest has them from the root's.
 * @param packages the folders with a package.json of their own, without the root
 */
export const findsItsAliases =
  (packages: readonly string[]): Rule =>
  (files) =>
    files
      .filter(({ file }) => packages.some((folder) => file.startsWith(`${folder}/`)) && !file.endsWith('.test.ts'))
      .flatMap((source) =>
        importsOf(source)
          .filter(({ target, typeOnly }) => target.startsWith('#') && !typeOnly)
          .map(({ target }) => `${source.file}: ${target} is no import of its package.json`),
      );
