// The rules of CONTRIBUTING.md that a machine can check, and that each of them catches an offender.
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findsItsAliases, goesOneWay, hasNoCircles } from './support/import-graph.ts';
import { hasReasonsForLongFunctions } from './support/long-functions.ts';
import {
  ALLOWED,
  engineImporters,
  environmentReaders,
  hasAtMost300Lines,
  holdsNothingForbidden,
  importsOnlyWhatItsModuleMay,
  moduleCode,
  moduleOf,
  type Rule,
  type SourceFile,
  saysInItsFirstLineWhatItIs,
  writesNoPathByHand,
} from './support/source-rules.ts';
import { loadsOnlyEntriesOfStorage, unusedEntries } from './support/storage-entries.ts';
import { readText, TRACKED } from './support/tracked-files.ts';

const FILES: readonly SourceFile[] = TRACKED.filter((file) => /\.(ts|svelte|mjs|js|css)$/.test(file)).map((file) => ({
  file,
  text: readText(file),
}));

const PACKAGES = TRACKED.filter((file) => file.endsWith('/package.json')).map((file) => dirname(file));

/** With each offender in the message. */
const expectNone = (offenses: readonly string[]) => expect(offenses, offenses.join('\n')).toEqual([]);

describe('every file', () => {
  it('of every module is looked at', () => {
    expect(new Set(moduleCode(FILES).map(({ file }) => moduleOf(file)))).toEqual(new Set(Object.keys(ALLOWED)));
  });

  it('imports only what its module may', () => expectNone(importsOnlyWhatItsModuleMay(FILES)));

  it('loads from storage an interface, or what stands beside them', () => {
    expectNone(loadsOnlyEntriesOfStorage(FILES));
    expectNone(unusedEntries(FILES));
  });

  it('needs itself on no way around', () => expectNone(hasNoCircles(FILES)));

  it('takes # imports only where its package.json has them', () => expectNone(findsItsAliases(PACKAGES)(FILES)));

  it('of collector and alerting imports in one direction', () => expectNone(goesOneWay(FILES)));

  it('has functions of at most 60 lines, or a reason', () => expectNone(hasReasonsForLongFunctions(FILES)));

  it('leaves the embedded engine to one file, and the environment to two', () => {
    expect(engineImporters(FILES)).toEqual(['storage/open.ts']);
    expect(environmentReaders(FILES)).toEqual(['app/run-roles.ts', 'cli/report.ts', 'cli/serve.ts', 'main.ts']);
  });

  it('is at most 300 lines long', () => expectNone(hasAtMost300Lines(FILES)));

  it('of the UI takes paths from the table', () => expectNone(writesNoPathByHand(FILES)));

  it('says in its first line what it is', () => expectNone(saysInItsFirstLineWhatItIs(FILES)));

  it('renders no raw HTML, skips no test and does not escape the type checker', () =>
    expectNone(holdsNothingForbidden(FILES)));
});

describe('an offender', () => {
  // Put together here, so that this file does not break the rule itself.
  const write = (...words: string[]) => words.join('');
  const imports = (target: string) => `import { x } from '${target}';`;
  const lines = (count: number) => 'x\n'.repeat(count);

  it.each<[string, Rule, string, string, string]>([
    ['a module it may not use', importsOnlyWhatItsModuleMay, 'domain/a.ts', imports('#storage/x'), 'may not import'],
    ['one in the middle of a file', importsOnlyWhatItsModuleMay, 'alerting/a.ts', `f();\n${imports('#config')}`, 'may'],
    ['one it re-exports', importsOnlyWhatItsModuleMay, 'storage/a.ts', "export * from '#config';", 'may not import'],
    ['one for its effect', importsOnlyWhatItsModuleMay, 'ui/src/A.svelte', "import '#storage/x';", 'may not import'],
    ['one it loads later', importsOnlyWhatItsModuleMay, 'storage/a.ts', "await import('#config')", 'may not import'],
    ['a package it may not use', importsOnlyWhatItsModuleMay, 'domain/a.ts', imports('express'), 'package express'],
    [
      'a file of a module, by path',
      importsOnlyWhatItsModuleMay,
      'query-api/a.ts',
      imports('../domain/x.ts'),
      'by path',
    ],
    [
      'the rule of secrets, by path',
      importsOnlyWhatItsModuleMay,
      'domain/a.ts',
      imports('../sdk/src/secrets/x.ts'),
      'by',
    ],
    [
      'a package in the rule of secrets',
      importsOnlyWhatItsModuleMay,
      'sdk/src/secrets/a.ts',
      imports('node:fs'),
      'node:fs',
    ],
    ['a shape at run time', importsOnlyWhatItsModuleMay, 'ui/src/a.ts', imports('#contracts/x'), 'at run time'],
    ['a shape in a rule', importsOnlyWhatItsModuleMay, 'domain/a.ts', imports('#contracts/x'), 'may not import'],
    [
      'zod beside the paths',
      importsOnlyWhatItsModuleMay,
      'contracts/paths.ts',
      imports('zod'),
      'browser would load it',
    ],
    [
      'a question of storage',
      loadsOnlyEntriesOfStorage,
      'query-api/a.ts',
      imports('#storage/read-trace'),
      "storage's own",
    ],
    ['an entry for others', loadsOnlyEntriesOfStorage, 'alerting/a.ts', imports('#storage/open'), "storage's own"],
    ['a path of the API', writesNoPathByHand, 'ui/src/a.ts', "fetch('/api/runs')", '/api/r: a path by hand'],
    ['a path of a page', writesNoPathByHand, 'ui/src/A.svelte', '<a href="/runs">', 'a path by hand'],
    ['more than 300 lines', hasAtMost300Lines, 'test/a.test.ts', lines(301), '301 lines'],
    ['a way back', goesOneWay, 'collector/map/a.ts', imports('../decode/b.ts'), 'against the order'],
    ['a long function', hasReasonsForLongFunctions, 'app/a.ts', `function f() {\n${lines(60)}}`, 'f has 62 lines'],
    ['no first line', saysInItsFirstLineWhatItIs, 'domain/a.ts', imports('zod'), 'begins with'],
    ['raw HTML', holdsNothingForbidden, 'ui/src/A.svelte', '<p>{@html text}</p>', '@html'],
    ['a silenced checker', holdsNothingForbidden, 'domain/a.ts', write('/* @ts-', 'ignore */'), '@ts-'],
    ['an unchecked type', holdsNothingForbidden, 'sdk/src/a.ts', write('x as', ' any'), 'any'],
    ['a skipped test', holdsNothingForbidden, 'test/a.test.ts', write('it.', "skip('x')"), 'skip'],
    ['a lonely test', holdsNothingForbidden, 'test/a.test.ts', write('describe.', "only('x')"), 'only'],
    ['a planned test', holdsNothingForbidden, 'test/a.test.ts', write('test.', "todo('x')"), 'todo'],
  ])('is caught with %s', (_what, rule, file, text, says) => {
    const good = { file: 'domain/good.ts', text: '// Good.\n' };
    expect(rule([good, { file, text }, good])).toEqual([expect.stringMatching(`^${file}: .*${says}`)]);
  });

  it('is caught in a circle, of types as well', () => {
    const circle = (b: string) => [
      { file: 'storage/a.ts', text: imports('./b.ts') },
      { file: 'storage/b.ts', text: b },
      { file: 'storage/c.ts', text: imports('./a.ts') },
    ];
    const expected = ['in a circle: storage/a.ts, storage/b.ts, storage/c.ts'];
    expect(hasNoCircles(circle(imports('#storage/c')))).toEqual(expected);
    expect(hasNoCircles(circle("import type { X } from './c.ts';"))).toEqual(expected);
    expect(hasNoCircles(circle(imports('./d.ts')))).toEqual([]);
  });

  it('is caught when nobody loads an entry of storage', () => {
    const files = [{ file: 'app/a.ts', text: imports('#storage/stores') }];
    expect(unusedEntries(files)).toContain('open');
    expect(unusedEntries(files)).not.toContain('stores');
  });

  it('is caught with a # import in a package that has none', () => {
    const files = ['bench/own/a.ts', 'bench/a.ts'].map((file) => ({ file, text: imports('#domain/x') }));
    expect(findsItsAliases(['bench/own'])(files)).toEqual([expect.stringMatching('^bench/own/a.ts: #domain/x')]);
  });

  it('is caught when another file names the engine or reads the environment', () => {
    const files = [
      { file: 'storage/a.ts', text: imports('chdb') },
      { file: 'alerting/a.ts', text: 'process.env.HOME' },
      { file: 'test/a.ts', text: `${imports('chdb')} process.env.HOME` },
    ];
    expect(engineImporters(files)).toEqual(['storage/a.ts']);
    expect(environmentReaders(files)).toEqual(['alerting/a.ts']);
  });

  it('is not a file that does what its module may', () => {
    const files = [
      {
        file: 'domain/a.ts',
        text: `// A.\n${imports('#contracts/x').replace('import', 'import type')}\n${imports('./b.ts')}\nimport type { T } from 'express';`,
      },
      { file: 'ui/src/a.ts', text: "// A.\nimport type { T } from '#contracts/run';\n// import '#storage/x'" },
      { file: 'ui/src/b.ts', text: `// B.\n${imports('#contracts/paths')}` },
      { file: 'app/a.ts', text: `// A.\n${imports('../alerting/a.ts')}` },
    ];
    expect([importsOnlyWhatItsModuleMay, saysInItsFirstLineWhatItIs].flatMap((rule) => rule(files))).toEqual([]);
    expect(hasAtMost300Lines([{ file: 'test/a.test.ts', text: lines(300) }])).toEqual([]);
    const store = `${imports('#storage/stores')}\nimport type { T } from '#storage/read-trace';`;
    expect(loadsOnlyEntriesOfStorage([{ file: 'query-api/a.ts', text: store }])).toEqual([]);
  });
});
