// Every example of the README type-checks against the SDK as it is.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import * as sdk from './src/index.ts';

const DIR = fileURLToPath(new URL('.', import.meta.url));
const readme = readFileSync(`${DIR}README.md`, 'utf8');
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] as string);

/** What the examples take for granted: the application around them. */
const AROUND = `
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import OpenAI from 'openai';
import { z } from 'zod';
import type { DeadLetters, DecisionFacts, Service } from '@telltale/sdk';
declare const client: OpenAI;
declare const messages: { role: 'user'; content: string }[];
declare const question: OpenAI.ChatCompletionCreateParamsNonStreaming;
declare const order: number, id: number, sessionId: string, url: string;
declare const input: { order: number }, request: { order: number; message: string };
declare const letters: DeadLetters, payments: Service, risk: Service, server: Server;
declare const approvals: { next(order: number): Promise<string> };
declare function slack(text: string): Promise<void>;
declare function isUnsure(decision: DecisionFacts): boolean;
declare function lookUp(order: number, signal: AbortSignal): Promise<string>;
declare function handle(request: IncomingMessage, response: ServerResponse): void;
declare function work(event: unknown): Promise<string>;
declare function pay(what: unknown): Promise<string>;
declare function newToken(signal: AbortSignal): Promise<string>;
declare function hasSpace(): boolean;
`;

function fileOf(block: string): string {
  const isModule = /^(import|export) /m.test(block);
  const used = Object.keys(sdk).filter((name) => new RegExp(`\\b${name}\\b`).test(block));
  const imports = block.includes("from '@telltale/sdk'") ? '' : `import { ${used.join(', ')} } from '@telltale/sdk';\n`;
  return `${imports}${AROUND}${isModule ? block : `export async function example() {\n${block}\n}`}`;
}

it('has examples', () => {
  expect(blocks.length).toBeGreaterThan(15);
});

it('has only examples that type-check', () => {
  const { config } = ts.readConfigFile(`${DIR}../tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, `${DIR}..`);
  const files = new Map(blocks.map((block, i) => [`${DIR}documented-${i + 1}.ts`, fileOf(block)]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    const text = files.get(name);
    return text === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, text, rest[0]);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  const wrong = [...files.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText, start }) => {
      const near = files.get(name)?.slice(start, (start ?? 0) + 60);
      return `${name.slice(DIR.length)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')} at: ${near}`;
    });
  });
  expect(wrong).toEqual([]);
}, 120_000);
