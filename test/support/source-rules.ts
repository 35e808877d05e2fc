// The rules for source files that a machine can check: which module may import which, how long a file may be, who reads
// the environment. Each takes files and returns what breaks it, so that a test can try it on an offender too.
import { dirname, join, normalize } from 'node:path';
import { API_ROOT, PAGES } from '#contracts/paths';

export interface SourceFile {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly text: string;
}

/** Each offense as `file: what is wrong`. */
export type Rule = (files: readonly SourceFile[]) => string[];

interface Allowed {
  readonly modules: readonly string[];
  /** Modules of which it may import types. */
  readonly types?: readonly string[];
  /** The only packages it may use, where that is bounded. */
  readonly packages?: readonly string[];
}

/** What each module's own code may import. */
export const ALLOWED: Readonly<Record<string, Allowed>> = {
  // Rules, for server and browser alike. Shapes take limits and lists of words from them.
  domain: { modules: ['secrets'], types: ['contracts'], packages: [] },
  contracts: { modules: ['domain'], packages: ['zod'] },
  config: { modules: [], packages: ['zod', 'node:fs'] },
  storage: { modules: ['contracts', 'domain'] },
  collector: { modules: ['contracts', 'domain', 'storage', 'vocabulary'] },
  'query-api': { modules: ['contracts', 'domain', 'storage'] },
  alerting: { modules: ['contracts', 'domain', 'storage'] },
  sdk: { modules: ['vocabulary', 'secrets'] },
  // Owned by the SDK, which is installed alone; everyone else reads them through #vocabulary and #domain/secrets.
  vocabulary: { modules: [] },
  secrets: { modules: [], packages: [] },
  ui: { modules: ['contracts', 'domain'] },
  // The composition and the command line: they know every module.
  app: { modules: ['contracts', 'domain', 'config', 'storage', 'collector', 'query-api', 'alerting'] },
  cli: { modules: ['contracts', 'domain', 'config', 'storage', 'collector', 'alerting', 'app'] },
  main: { modules: ['config', 'app', 'cli', 'sdk'] },
  // Packaging: plain Node, before anything is installed.
  deploy: { modules: [] },
};
/** Only the composition reaches into modules by path, and the SDK's own files use relative paths. */
const MAY_USE_PATHS = ['main', 'app', 'cli', 'sdk', 'vocabulary', 'secrets'];
/** The one file that is imported by path. */
const SECRETS_FILE = 'domain/secrets.ts';
/** The one file of contracts/ that the browser loads: the table of paths. */
const PATHS_FILE = 'contracts/paths.ts';
const PATHS = '#contracts/paths';

export function moduleOf(file: string): string {
  if (file === 'sdk/src/attributes.ts') return 'vocabulary';
  if (file.startsWith('sdk/src/secrets/')) return 'secrets';
  if (file === 'main.ts') return 'main';
  if (file === 'config.ts') return 'config';
  return file.split('/', 1)[0] as string;
}

const isCode = ({ file }: SourceFile) => /\.(ts|svelte|mjs|js)$/.test(file);
const isTest = ({ file }: SourceFile) =>
  file.startsWith('test/') || file.startsWith('bench/') || /\.test\.ts$/.test(file);
/** The modules' own code, without tests. */
export const moduleCode = (files: readonly SourceFile[]): SourceFile[] =>
  files.filter((each) => isCode(each) && !isTest(each) && moduleOf(each.file) in ALLOWED);
const withoutComments = (text: string) => text.replace(/^\s*(\/\/|\*).*$/gm, '');

export interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

export function importsOf({ text }: SourceFile): Import[] {
  const code = withoutComments(text);
  const declared = code.matchAll(/(?:^|[\s;}])(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/g);
  const dynamic = code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [
    ...[...declared].map(([, type, target]) => ({ target: target as string, typeOnly: type !== undefined })),
    ...[...dynamic].map(([, target]) => ({ target: target as string, typeOnly: false })),
  ];
}

/** The module an import leads to, or null for a package. */
function targetModule(file: string, target: string): string | null {
  if (target === '#config') return 'config';
  if (target === '#vocabulary') return 'vocabulary';
  if (target.startsWith('#')) return target.slice(1).split('/', 1)[0] as string;
  if (target.startsWith('.')) return moduleOf(normalize(join(dirname(file), target)));
  return null;
}

export const importsOnlyWhatItsModuleMay: Rule = (files) =>
  moduleCode(files).flatMap((source) => {
    const from = moduleOf(source.file);
    const { modules, types = [], packages } = ALLOWED[from] as Allowed;
    return importsOf(source).flatMap(({ target, typeOnly }) => {
      const to = targetModule(source.file, target);
      const wrong: string[] = [];
      if (to === null && packages !== undefined && !typeOnly && !packages.includes(target))
        wrong.push(`the package ${target} is not for ${from}`);
      if (to !== null && to !== from) {
        if (!modules.includes(to) && !(typeOnly && types.includes(to)))
          wrong.push(`${target}: ${from} may not import ${to}`);
        const isSecrets = source.file === SECRETS_FILE && to === 'secrets';
        if (target.startsWith('.') && !isSecrets && !MAY_USE_PATHS.includes(from))
          wrong.push(`${target} reaches into ${to} by path`);
      }
      if (source.file === PATHS_FILE && !typeOnly) wrong.push(`${target}: the browser would load it`);
      if (from === 'ui' && to === 'contracts' && !typeOnly && target !== PATHS)
        wrong.push(`${target} is imported at run time`);
      return wrong.map((what) => `${source.file}: ${what}`);
    });
  });

const FIRST_PARTS = [...new Set(Object.values(PAGES).map((path) => path.split('/')[1]))].join('|');
const BY_HAND = new RegExp(`${API_ROOT}\\w|["'\`]/(?:${FIRST_PARTS})\\b`);

/** The UI takes every path, of the API and of its own pages, from the table of paths. */
export const writesNoPathByHand: Rule = (files) =>
  moduleCode(files).flatMap(({ file, text }) => {
    const found = moduleOf(file) === 'ui' ? BY_HAND.exec(withoutComments(text)) : null;
    return found === null ? [] : [`${file}: ${found[0]}: a path by hand`];
  });

/** Files that import the embedded engine. */
export const engineImporters = (files: readonly SourceFile[]): string[] =>
  moduleCode(files)
    .filter((source) => importsOf(source).some(({ target }) => /^chdb/.test(target)))
    .map(({ file }) => file)
    .sort();

/** Files of the server that read the environment. */
export const environmentReaders = (files: readonly SourceFile[]): string[] =>
  moduleCode(files)
    .filter(({ file, text }) => /process\.env/.test(text) && moduleOf(file) !== 'sdk' && !file.endsWith('.mjs'))
    .map(({ file }) => file)
    .sort();

const lines = (text: string) => text.split('\n').length - 1;

export const hasAtMost300Lines: Rule = (files) =>
  files
    .filter(({ file, text }) => !file.includes('fixtures/') && lines(text) > 300)
    .map(({ file, text }) => `${file}: ${lines(text)} lines`);

export const saysInItsFirstLineWhatItIs: Rule = (files) =>
  files
    .filter((each) => each.file.endsWith('.ts') && !isTest(each) && !/^(#!.*\n)?(\/\/ |\/\*\*)/.test(each.text))
    .map(({ file, text }) => `${file}: begins with ${JSON.stringify(text.slice(0, 40))}`);

const FORBIDDEN: readonly (readonly [RegExp, (file: string) => boolean])[] = [
  [/\{@html/, (file) => file.endsWith('.svelte')],
  [/@ts-(ignore|expect-error|nocheck)/, () => true],
  [/\bas any\b/, () => true],
  [/\b(it|test|describe)\.(only|todo|skip)\b/, () => true],
];

/** No raw HTML, no escape from the type checker, no skipped test. */
export const holdsNothingForbidden: Rule = (files) =>
  files.filter(isCode).flatMap(({ file, text }) => {
    const code = withoutComments(text);
    return FORBIDDEN.filter(([pattern, applies]) => applies(file) && pattern.test(code)).map(
      ([pattern]) => `${file}: ${pattern}`,
    );
  });
