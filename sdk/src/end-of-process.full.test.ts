// process.exit() in more surroundings: bundled as CommonJS, with preloads, in a worker of a cluster, without threads.
// Each ends as it does without the SDK, and its last span arrives where it can.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type OtlpSink, withSink } from '../test-support/otlp-sink.ts';

let folder: string;
let bundle: string;

const PROGRAM = `
import { agent, start } from '@telltale/sdk';
import cluster from 'node:cluster';
if (process.env.IN_CLUSTER && cluster.isPrimary) {
  cluster.fork().on('exit', (code) => process.exit(code));
} else {
  console.log('began');
  start({ service: 'bundled', selfCheck: false });
  void agent('last', () => 1).then(() => process.exit(6));
}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-ends-'));
  bundle = join(folder, 'program.cjs');
  const resolveDir = fileURLToPath(new URL('..', import.meta.url));
  await build({
    stdin: { contents: PROGRAM, resolveDir },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: bundle,
    logLevel: 'error',
  });
  // Its process would stay until this one ends.
  await stop();
  // A preload that a thread must not run: it would end the process of whoever runs it.
  await writeFile(join(folder, 'preload.cjs'), `if (!require('worker_threads').isMainThread) process.abort();`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(args: string[], env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, args, { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('a bundled program', () => {
  const to = (sink: OtlpSink) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });

  it.for([
    ['alone', [], {}],
    ['with a preload', ['--require', './preload.cjs'], {}],
    ['with a preload in NODE_OPTIONS', [], { preload: 'yes' }],
    ['in a cluster', [], { IN_CLUSTER: '1' }],
    ['compressed', [], { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }],
  ] as const)('runs once, keeps its code, and its last span arrives: %s', ([, args, more], { expect }) =>
    withSink(async (sink) => {
      const preload = join(folder, 'preload.cjs');
      const { preload: isPreloaded, ...env } = more as Record<string, string>;
      const options = isPreloaded === undefined ? {} : { NODE_OPTIONS: `--require ${preload}` };
      const given = args.map((each) => each.replace('./preload.cjs', preload));
      const ended = await run([...given, bundle], { ...to(sink), ...env, ...options });
      expect(ended).toEqual({ code: 6, output: 'began\n' });
      expect(sink.span('last').name).toBe('last');
    }),
  );

  it('without permission for threads ends all the same, and says what is lost', ({ expect }) =>
    withSink(async (sink) => {
      const flag = process.allowedNodeEnvironmentFlags.has('--permission')
        ? '--permission'
        : '--experimental-permission';
      const { code, output } = await run([flag, '--allow-fs-read=*', '--no-warnings', bundle], to(sink));
      expect(code).toBe(6);
      expect(output).toContain('1 of its last spans could not be sent in time');
      expect(sink.spans()).toEqual([]);
    }));
});
