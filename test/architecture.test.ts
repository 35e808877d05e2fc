// The house rules that a machine can hold: which room may import which, how long a file may be, who reads the environment.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Tracked files and new ones, but nothing that git ignores. */
const FILES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.(ts|svelte|mjs|js|css)$/.test(file));
const CODE = FILES.filter((file) => /\.(ts|svelte|mjs|js)$/.test(file));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const isTest = (file: string) => file.startsWith('test/') || file.startsWith('bench/') || /\.test\.ts$/.test(file);

/** Which rooms a room's own code may import. `packages` names the only packages it may use, where that is bounded. */
const ARROWS: Record<string, { rooms: string[]; packages?: string[] }> = {
  schema: { rooms: [], packages: ['zod'] },
  config: { rooms: [], packages: ['zod', 'node:fs'] },
  storage: { rooms: ['schema'] },
  collector: { rooms: ['schema', 'storage', 'vocabulary'] },
  'query-api': { rooms: ['schema', 'storage'] },
  alerting: { rooms: ['schema', 'storage'] },
  sdk: { rooms: ['vocabulary'] },
  vocabulary: { rooms: [] },
  ui: { rooms: ['schema'] },
  // The composition and the command line: they know every room.
  main: { rooms: ['schema', 'config', 'storage', 'collector', 'query-api', 'alerting', 'sdk', 'deploy'] },
  deploy: { rooms: ['schema', 'config', 'storage', 'collector', 'query-api', 'alerting'] },
};

function roomOf(file: string): string {
  if (file === 'sdk/src/attributes.ts') return 'vocabulary';
  if (file === 'main.ts') return 'main';
  if (file === 'config.ts') return 'config';
  return file.split('/', 1)[0] as string;
}

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = read(file).replace(/^\s*(\/\/|\*).*$/gm, '');
  const found: Import[] = [];
  for (const match of text.matchAll(
    /(?:^|[\s;}])(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/g,
  )) {
    found.push({ target: match[2] as string, typeOnly: match[1] !== undefined });
  }
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ target: match[1] as string, typeOnly: false });
  return found;
}

/** The room an import leads to, or null for a package. */
function targetRoom(file: string, target: string): string | null {
  if (target === '#config') return 'config';
  if (target === '#vocabulary') return 'vocabulary';
  if (target.startsWith('#')) return target.slice(1).split('/', 1)[0] as string;
  if (target.startsWith('.')) return roomOf(normalize(join(dirname(file), target)));
  return null;
}

describe('arrows', () => {
  const sources = CODE.filter((file) => !isTest(file) && roomOf(file) in ARROWS);

  it('covers every room', () => {
    expect(new Set(sources.map(roomOf))).toEqual(new Set(Object.keys(ARROWS)));
  });

  it.each(sources)('%s imports only what its room may', (file) => {
    const room = roomOf(file);
    const { rooms, packages } = ARROWS[room] as { rooms: string[]; packages?: string[] };
    for (const { target, typeOnly } of importsOf(file)) {
      const to = targetRoom(file, target);
      if (to !== null && to !== room) expect(rooms, `${file} → ${target}`).toContain(to);
      if (to === null && packages !== undefined && !typeOnly) expect(packages, `${file} → ${target}`).toContain(target);
      if (room === 'ui' && to === 'schema') expect(typeOnly, `${file} imports ${target} at run time`).toBe(true);
      if (to !== null && to !== room && target.startsWith('.')) {
        // Rooms have doors; only the composition reaches into rooms by path, and the SDK's own files use relative paths.
        expect(['main', 'deploy', 'sdk', 'vocabulary'], `${file} goes through the wall to ${target}`).toContain(room);
      }
    }
  });

  it('has one file that names the embedded engine, and one that reads the environment', () => {
    const naming = (pattern: RegExp) =>
      sources.filter((file) => importsOf(file).some(({ target }) => pattern.test(target)));
    expect(naming(/^chdb/)).toEqual(['storage/open.ts']);
    const env = sources.filter(
      (file) => /process\.env/.test(read(file)) && roomOf(file) !== 'sdk' && !file.endsWith('.mjs'),
    );
    expect(env.sort()).toEqual(['deploy/run-roles.ts', 'main.ts']);
  });
});

describe('files', () => {
  it.each(FILES.filter((file) => !file.includes('fixtures/')))('%s is at most 300 lines', (file) => {
    expect(read(file).split('\n').length - 1).toBeLessThanOrEqual(300);
  });

  it('are under 200 lines, nearly all of them', () => {
    const long = FILES.filter((file) => !isTest(file) && read(file).split('\n').length > 200);
    expect(long.length, long.join(', ')).toBeLessThanOrEqual(Math.floor(FILES.length * 0.02));
  });

  it.each(CODE.filter((file) => !isTest(file) && file.endsWith('.ts')))(
    '%s says in its first line what it is',
    (file) => {
      expect(read(file)).toMatch(/^(#!.*\n)?(\/\/ |\/\*\*)/);
    },
  );

  it('never render raw HTML, skip a test without a reason, or escape the type checker', () => {
    const forbidden: [RegExp, (file: string) => boolean][] = [
      [/\{@html/, (file) => file.endsWith('.svelte')],
      [/@ts-(ignore|expect-error|nocheck)/, () => true],
      [/\bas any\b/, () => true],
      [/\b(it|test|describe)\.(only|todo|skip)\b/, () => true],
    ];
    const withoutComments = (file: string) => read(file).replace(/^\s*(\/\/|\*).*$/gm, '');
    const offenders = CODE.filter((file) => file !== 'test/architecture.test.ts').flatMap((file) =>
      forbidden
        .filter(([pattern, applies]) => applies(file) && pattern.test(withoutComments(file)))
        .map(([pattern]) => `${file}: ${pattern}`),
    );
    expect(offenders).toEqual([]);
  });
});
