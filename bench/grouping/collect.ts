// Builds the corpus again: installs the client libraries beside this file, lets provoke/main.mjs call them, and records
// what the SDK sends. Texts that name this machine are replaced.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { decodeRequest, type JsonRequest } from '../../test/support/otlp-proto.ts';
import type { ProvokedError } from './corpus.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAX_STACK_CHARS = 6000;

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}
interface SentSpan {
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly events?: readonly { readonly name: string; readonly attributes: readonly Attribute[] }[];
  readonly status?: { readonly message?: string };
}

/** @throws when npm cannot install the libraries, or a class did not fail as it should */
export async function collect(variants: number, files: readonly string[] = []): Promise<ProvokedError[]> {
  if (!existsSync(`${HERE}node_modules`)) await run('npm', ['ci', '--no-workspaces', '--ignore-scripts'], HERE);
  const errors: ProvokedError[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    errors.push(...errorsIn(decodeRequest(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)));
    response.setHeader('content-type', 'application/x-protobuf').end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const main = fileURLToPath(new URL('./provoke/main.mjs', import.meta.url));
    const node = ['--import', 'tsx', main, `http://127.0.0.1:${port}`, String(variants), ...files];
    await run(process.execPath, node, ROOT);
  } finally {
    server.close();
  }
  return errors.sort((a, b) => (a.class < b.class ? -1 : a.class > b.class ? 1 : 0));
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  // Little memory for what waits to be sent would lose spans.
  const env = { ...process.env, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_BSP_MAX_QUEUE_SIZE: '100000' };
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], env });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}

function errorsIn(request: JsonRequest): ProvokedError[] {
  const spans = (request.resourceSpans as { scopeSpans: { spans: SentSpan[] }[] }[]).flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap((scope) => scope.spans),
  );
  return spans.flatMap((span) => {
    const { 'bench.class': label, 'bench.variant': _variant, ...attributes } = textsOf(span.attributes);
    if (label === undefined) return [];
    const exception = textsOf(span.events?.find(({ name }) => name === 'exception')?.attributes ?? []);
    return [
      {
        class: label,
        span: span.name,
        attributes,
        status: neutral(span.status?.message ?? ''),
        exceptionType: exception['exception.type'] ?? '',
        exceptionMessage: neutral(exception['exception.message'] ?? ''),
        stack: neutral(exception['exception.stacktrace'] ?? '').slice(0, MAX_STACK_CHARS),
      },
    ];
  });
}

function textsOf(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, neutral(value.stringValue ?? String(value.intValue ?? ''))]),
  );
}

/** The same text as another machine would have said it, where this folder is the agent's code and the SDK a package. */
function neutral(text: string): string {
  const places: [string, string][] = [
    [`${ROOT}sdk/src`, '/srv/app/node_modules/@telltale/sdk/dist'],
    [`${HERE}node_modules`, '/srv/app/node_modules'],
    [`${HERE}provoke`, '/srv/app/src'],
    [ROOT.replace(/\/$/, ''), '/srv/app'],
    [tmpdir(), '/tmp'],
    [homedir(), '/home/app'],
    [hostname(), 'host'],
    [userInfo().username, 'app'],
  ];
  let said = text;
  for (const [here, there] of places) if (here.length > 3) said = said.replaceAll(here, there);
  return said;
}
