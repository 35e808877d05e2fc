// The client of the UI follows the table of routes: a route, parameter or reply that is renamed stops the type check.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { API } from '#schema/api';
import type { Contract } from '#schema/contract';
import { ENDPOINTS, type Endpoint } from '#schema/paths';
import { ROOT } from './support/tracked-files.ts';

const CALLER = join(ROOT, 'ui/src/call.ts');
const CALLS = `import { api } from './api.ts';
export const found = api.getSpan({ params: { traceId: 'a', spanId: 'b' } }).then(({ input }) => input);
export const runs = api.listRuns({ query: { agent: ['a'], limit: 5 } });
export const changed = api.setReceives({ params: { id: 'a' }, query: { by: 'me' }, body: { receives: 'all' } });
export const status = api.getStatus();
`;
const { options } = ts.parseJsonConfigFileContent(
  { ...ts.readConfigFile(join(ROOT, 'ui/tsconfig.json'), ts.sys.readFile).config, include: [], files: ['src/call.ts'] },
  ts.sys,
  join(ROOT, 'ui'),
);

let before: ts.Program | undefined;
const sources = new Map<string, ts.SourceFile>();

/** What the type checker says of the calls when files hold something else. Files that stay are parsed once. */
function check(changes: Readonly<Record<string, readonly [string | RegExp, string]>>): string[] {
  const host = ts.createCompilerHost(options);
  const changed = new Map(
    Object.entries(changes).map(([file, [from, to]]) => {
      const path = join(ROOT, file);
      const text = path === CALLER ? CALLS : readFileSync(path, 'utf8');
      expect(text.replace(from, to), `${file} holds ${from}`).not.toBe(text);
      return [path, text.replace(from, to)];
    }),
  );
  const textOf = (path: string) => changed.get(path) ?? (path === CALLER ? CALLS : undefined);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (path) => textOf(path) !== undefined || fileExists(path);
  host.readFile = (path) => textOf(path) ?? readFile(path);
  host.getSourceFile = (path, languageVersion) => {
    const text = textOf(path);
    if (text !== undefined) return ts.createSourceFile(path, text, languageVersion);
    const source = sources.get(path) ?? getSourceFile(path, languageVersion);
    if (source !== undefined) sources.set(path, source);
    return source;
  };
  before = ts.createProgram([CALLER], options, host, before);
  const diagnostics = before.getSemanticDiagnostics(before.getSourceFile(CALLER));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

it('every contract stands at the path and method of its name', () => {
  for (const [name, contract] of Object.entries<Contract>(API)) {
    const { method, path } = (ENDPOINTS as Readonly<Record<string, Endpoint>>)[name] as Endpoint;
    expect([name, contract.method, contract.path]).toEqual([name, method, path]);
  }
  const addresses = Object.values(ENDPOINTS).map(({ method, path }) => `${method} ${path}`);
  expect(new Set(addresses).size).toBe(addresses.length);
});

it('a call that the contract allows passes the type check, and one of a renamed route does not', () => {
  expect(check({})).toEqual([]);
  const renamed = check({
    'schema/paths.ts': ['getSpan: {', 'readSpan: {'],
    'schema/routes/traces.ts': [
      /getSpan: contract\(\{\s*\.\.\.ENDPOINTS\.getSpan/,
      'readSpan: contract({ ...ENDPOINTS.readSpan',
    ],
  });
  expect(renamed).toEqual([expect.stringContaining("'getSpan' does not exist")]);
});

it.each<[string, string, readonly [string | RegExp, string], string]>([
  [
    'a parameter',
    'schema/routes/traces.ts',
    ['spanId: spanIdSchema', 'stepId: spanIdSchema'],
    "'spanId' does not exist",
  ],
  ['a filter', 'schema/search.ts', ['agent: many(name),', 'agents: many(name),'], "'agent' does not exist"],
  ['a field of a reply', 'schema/span.ts', [/\binput: /, 'given: '], "'input' does not exist"],
  ['a field of a body', 'schema/channel.ts', [/receives: /g, 'gets: '], "'receives' does not exist"],
  ['a wrong value', 'ui/src/call.ts', ["receives: 'all'", 'receives: 5'], "Type 'number' is not assignable"],
  ['a missing parameter', 'ui/src/call.ts', [", spanId: 'b'", ''], "'spanId' is missing"],
  [
    'a missing call',
    'ui/src/call.ts',
    ["{ params: { id: 'a' }, query: { by: 'me' }, body: { receives: 'all' } }", ''],
    'Expected 1 arguments',
  ],
])('%s that the contract does not have fails the type check', (_what, file, change, says) => {
  expect(check({ [file]: change }).join('\n')).toContain(says);
});
