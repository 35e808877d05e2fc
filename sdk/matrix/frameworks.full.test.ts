// The SDK where others load, bundle and trace it: Jest on a CommonJS project, Next.js, and dd-trace.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { expectSame, runIn } from './compare.ts';
import { NOBODY, openMatrix } from './full-tier.ts';
import { SPANS, START, WORK } from './programs.ts';
import type { Project } from './project.ts';

const matrix = await openMatrix(['jest@30', 'next@16', 'react@19', 'react-dom@19', 'dd-trace@5']);

const JEST_TEST = `
  const { agent, decide, flush, start, tool } = require('@telltale/sdk');
  ${START}
  afterAll(() => flush({ timeoutMs: 300 }));
  test('an agent works', async () => { ${WORK.replace('console.log', 'void')} expect(result).toBe('true pay'); });
  test('modules may be reset', async () => {
    jest.resetModules();
    const again = require('@telltale/sdk');
    expect(again.agent).not.toBe(agent);
    expect(await again.tool('again', () => 2)).toBe(2);
  });`;

for (const isAway of [false, true]) {
  it.skipIf(matrix.isLeftOut)(
    matrix.title(
      `Jest on a CommonJS project ${isAway ? 'without' : 'with'} a receiver: passes, fails and ends as without the SDK`,
    ),
    async () => {
      const env = isAway ? { OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY } : matrix.env;
      await matrix.pair.write('agent.test.js', JEST_TEST);
      const command = ({ module }: Project) => ({
        args: [module('jest/bin/jest.js'), '--ci', '--cacheDirectory', 'jest-cache', 'agent'],
        env,
        plain: (text: string) => text.replace(/\(?[\d.]+ m?s(, estimated [\d.]+ s)?\)?/g, '').replace(/ +$/gm, ''),
      });
      const seen = await expectSame(matrix.pair, command, true);
      expect(seen.code).toBe(0);
      expect(seen.stderr).toContain('Tests:       2 passed');
      expect(seen.stderr).not.toMatch(/did not exit|open handle/);
      await matrix.pair.write('agent.test.js', `${JEST_TEST} test('one fails', () => expect(1).toBe(2));`);
      expect(await expectSame(matrix.pair, command, true)).toMatchObject({ code: 1 });
      if (!isAway) expect(new Set(matrix.names())).toEqual(new Set([...SPANS, 'again']));
    },
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts what was built, asks the route twice, stops it. */
async function askNext(project: Project, env: Record<string, string>): Promise<{ answers: string[]; ended: unknown }> {
  const port = await freePort();
  const child = spawn(process.execPath, [project.module('next/dist/bin/next'), 'start', '-p', String(port)], {
    cwd: project.folder,
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  const answers: string[] = [];
  try {
    for (let tries = 0; answers.length < 2; tries++) {
      const reply = await fetch(`http://127.0.0.1:${port}/api/run`).catch(() => null);
      if (reply?.ok) answers.push(await reply.text());
      else if (tries > 300) throw new Error(`next start does not answer: ${reply?.status}`);
      else await sleep(100);
    }
  } finally {
    child.kill('SIGTERM');
  }
  return { answers, ended: await ended };
}

for (const bundler of ['turbopack', 'webpack']) {
  it.skipIf(matrix.isLeftOut)(
    matrix.title(`Next.js 16, bundled by ${bundler}: start() in instrumentation records what routes do`),
    async () => {
      const { pair } = matrix;
      await pair.write(
        'instrumentation.js',
        `export async function register() {
          if (process.env.NEXT_RUNTIME !== 'nodejs') return;
          const { start } = await import('@telltale/sdk');
          ${START}
        }`,
      );
      await pair.write('app/layout.js', 'export default ({ children }) => <html><body>{children}</body></html>;');
      await pair.write(
        'app/api/run/route.js',
        `import { agent, decide, flush, tool } from '@telltale/sdk';
        export const dynamic = 'force-dynamic';
        export async function GET() {
          ${WORK}
          const { dropped, failed } = await flush();
          return Response.json({ result, dropped, failed });
        }`,
      );
      const build = ({ module }: Project) => ({
        args: [module('next/dist/bin/next'), 'build', `--${bundler}`],
        env: { NEXT_TELEMETRY_DISABLED: '1' },
      });
      for (const project of [pair.withSdk, pair.without]) {
        const { seen } = await runIn(project, build(project), 300_000);
        expect(seen.code, seen.stderr + seen.stdout).toBe(0);
      }
      const withSdk = await askNext(pair.withSdk, matrix.env);
      expect(withSdk).toEqual(await askNext(pair.without, matrix.env));
      expect(matrix.names()).toEqual([...SPANS, ...SPANS].sort());
    },
  );
}

for (const isRegistered of [false, true]) {
  it.skipIf(matrix.isLeftOut)(
    matrix.title(`dd-trace ${isRegistered ? 'with' : 'without'} its OpenTelemetry provider: our steps nest`),
    async () => {
      await matrix.pair.write(
        'dd.mjs',
        `import tracer from 'dd-trace';
        tracer.init({ hostname: '127.0.0.1', port: 9, startupLogs: false, logInjection: false, runtimeMetrics: false,
          telemetry: { enabled: false } });
        ${isRegistered ? 'new tracer.TracerProvider().register();' : ''}
        const { agent, start, flush, tool } = await import('@telltale/sdk');
        ${START}
        await tracer.trace('dd.outer', () => agent('mine', async () => {
          await tool('deep', () => 1);
          await tracer.trace('dd.inner', async () => tool('deeper', () => 1));
          await tool('last', () => 1);
        }));
        await flush();
        process.exit();`,
      );
      const { seen } = await runIn(matrix.pair.withSdk, { args: ['dd.mjs'], env: matrix.env });
      expect(seen).toMatchObject({ code: 0 });
      const { spanId, traceId, attributes } = matrix.sink.span('mine');
      for (const name of ['deep', 'last']) expect(matrix.sink.span(name).parentSpanId).toBe(spanId);
      expect(matrix.sink.span('deeper').traceId).toBe(traceId);
      expect(attributes['telltale.local_root']).toBe(isRegistered ? true : undefined);
    },
  );
}
