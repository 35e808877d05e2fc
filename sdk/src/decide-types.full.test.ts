// What TypeScript says of a decision that is typed wrongly: the mistake itself, and nothing about a policy nobody asked for.
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const DIR = fileURLToPath(new URL('.', import.meta.url));
const FILE = `${DIR}decide-types.example.ts`;

/** The errors of a file placed beside the SDK's sources. */
function errorsOf(code: string): string[] {
  const text = `import { decide } from './decide.ts';\ndeclare const model: { choice: string };\nexport const made = ${code};\n`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => (path === FILE ? text : readFile(path));
  host.fileExists = (path) => path === FILE || fileExists(path);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) =>
    path === FILE ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2023) : getSourceFile(path, ...rest);
  const program = ts.createProgram([FILE], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(FILE))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

it.each([
  [
    "decide('x', { options: ['pay', 'hold'] }, () => ({ choice: model.choice }))",
    /Type 'string' is not assignable to type '"(hold|pay)" \| "(hold|pay)"'/,
  ],
  [
    "decide('x', { options: ['pay', 'hold'], threshold: 1, belowThreshold: 'proceed' }, async () => ({ choice: model.choice }))",
    /Type 'string' is not assignable to type '"(hold|pay)" \| "(hold|pay)"'/,
  ],
  [
    "decide('x', { options: ['pay', 'hold'], belowThreshold: 'proceed' }, () => ({ choice: 'pay' }))",
    /Property 'threshold' is missing/,
  ],
  [
    "decide('x', { options: ['pay', 'hold'], threshold: 1, belowThreshold: { fallBackTo: 'hodl' } }, () => ({ choice: 'pay' }))",
    /Type '"hodl"' is not assignable to type '"(hold|pay)" \| "(hold|pay)"'/,
  ],
])('%s', (code, says) => {
  const [error = '', ...more] = errorsOf(code);
  expect(error).toMatch(says);
  if (!says.source.includes('threshold')) expect(error).not.toContain('threshold');
  expect(more).toEqual([]);
});
