// The client of the UI follows the table of routes: a route, parameter or reply that is renamed stops the type check.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from './support/tracked-files.ts';

const CALLER = join(ROOT, 'ui/src/calls.ts');
const CALLS = `import { api } from './api.ts';
export const found = api.getSpan({ params: { traceId: 'a', spanId: 'b' } }).then(({ input }) => input);
export const run = api.getTrace({ params: { traceId: 'a' } });
export const runs = api.listRuns({ query: { agent: ['a'], limit: 5 } });
export const changed = api.setReceives({ params: { id: 'a' }, query: { by: 'me' }, body: { receives: 'alerts' } });
export const status = api.getStatus();
`;
/** Each is wrong by itself. */
const WRONG_CALLS = `api.getSpam({ params: { traceId: 'a', spanId: 'b' } });
api.getSpan({ params: { traceId: 'a' } });
api.getSpan({ params: { traceId: 'a', spanId: 5 } });
api.getSpan();
api.listRuns({ query: { agents: ['a'] } });
api.setReceives({ params: { id: 'a' }, body: { receives: 'all' } });
api.setReceives({ params: { id: 'a' } });
api.getStatus({ params: { id: 'a' } });
`;
const { options } = ts.parseJsonConfigFileContent(
  {
    ...ts.readConfigFile(join(ROOT, 'ui/tsconfig.json'), ts.sys.readFile).config,
    include: [],
    files: ['src/calls.ts'],
  },
  ts.sys,
  join(ROOT, 'ui'),
);

// Those of Svelte and Vite say nothing of the calls.
options.types = [];

let before: ts.Program | undefined;
const sources = new Map<string, ts.SourceFile>();

/**
 * What the type checker says of calls, as `line: message`.
 * @param changes what files hold instead; those that stay are parsed once
 */
function check(calls: string, changes: Readonly<Record<string, readonly [from: string | RegExp, to: string]>> = {}) {
  const texts = new Map([[CALLER, calls]]);
  for (const [file, [from, to]] of Object.entries(changes)) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    expect(text.replace(from, to), `${file} holds ${from}`).not.toBe(text);
    texts.set(join(ROOT, file), text.replace(from, to));
  }
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.getSourceFile = (path, languageVersion) => {
    const text = texts.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, languageVersion);
    const source = sources.get(path) ?? getSourceFile(path, languageVersion);
    if (source !== undefined) sources.set(path, source);
    return source;
  };
  before = ts.createProgram([CALLER], options, host, before);
  return before.getSemanticDiagnostics(before.getSourceFile(CALLER)).map(({ file, start = 0, messageText }) => {
    const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

it('calls that the contract allows pass the type check, and each wrong one is found', () => {
  const good = CALLS.split('\n').length - 1;
  const all = (CALLS + WRONG_CALLS).split('\n').length - 1;
  const lines = check(CALLS + WRONG_CALLS).map((found) => Number.parseInt(found, 10));
  expect([...new Set(lines)]).toEqual(Array.from({ length: all - good }, (_, i) => good + i));
});

it('a renamed route, parameter, filter, body or reply stops the type check of who uses it', () => {
  const found = check(CALLS, {
    'contracts/paths.ts': [/getTrace: \{/, 'readTrace: {'],
    'contracts/routes/traces.ts': [
      /getTrace: contract\(\{\s*\.\.\.ENDPOINTS\.getTrace/,
      'readTrace: contract({ ...ENDPOINTS.readTrace',
    ],
    'contracts/search.ts': ['agent: many(name),', 'agents: many(name),'],
    'contracts/channel.ts': ['z.strictObject({ receives })', 'z.strictObject({ gets: receives })'],
    'contracts/span.ts': [/\binput: /, 'given: '],
  });
  expect(found).toEqual([
    expect.stringMatching(/^1: .*'input' does not exist/),
    expect.stringMatching(/^2: .*'getTrace' does not exist/),
    expect.stringMatching(/^3: .*'agent' does not exist/),
    expect.stringMatching(/^4: .*'receives' does not exist/),
  ]);
});
