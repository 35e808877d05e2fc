// Processes that are stopped or call process.exit(): their last spans arrive, and they end as they would have.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { runCode } from '../test-support/run-example.ts';

let sink: OtlpSink;
beforeEach(async () => {
  sink = await openSink();
});
afterEach(() => sink.close());

const BEGIN = `
import { agent, start, step } from '@telltale/sdk';
start({ service: 's', mask: (text) => text.replace('secret', '***') });
await agent('run', () => step('one', { input: 'a secret' }, () => 1));
`;
const env = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b' });

it('process.exit() sends the last batch, masked and with headers, and keeps its code', async () => {
  const run = await runCode(`${BEGIN} process.exit(3);`, env(sink.url));
  expect(run).toEqual({ exitCode: 3, stdout: '', stderr: '' });
  expect(sink.spans().map((span) => span.name)).toEqual(['one', 'run']);
  expect(sink.span('one').attributes['telltale.step.input']).toBe('a ***');
  expect(sink.requests[0]?.headers['x-key']).toBe('a b');
});

it('process.exit() while a batch is on the way loses nothing', async () => {
  const run = await runCode(
    `${BEGIN.replace('start({', "process.env.OTEL_BSP_SCHEDULE_DELAY = '1'; start({")}
     const many = Array.from({ length: 50 }, (_, i) => step('more ' + i, () => 1));
     await Promise.all(many);
     setTimeout(() => process.exit(0), 3);`,
    env(sink.url),
  );
  expect(run.exitCode).toBe(0);
  expect(new Set(sink.spans().map((span) => span.spanId)).size).toBe(52);
});

it('a receiver that does not answer holds process.exit() for a short time, and the loss is said', async () => {
  const silent = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address() as { port: number };
  const run = await runCode(`${BEGIN} process.exit(0);`, env(`http://127.0.0.1:${address.port}`));
  expect(run.exitCode).toBe(0);
  expect(run.stderr).toContain('2 of its last spans could not be sent in time');
  silent.close();
});

async function stop(code: string, signal: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=source', '--input-type=module', '--eval', code],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, ...env(sink.url), OTEL_BSP_SCHEDULE_DELAY: '600000' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill(signal);
  return new Promise((resolve) => child.once('close', (exit, by) => resolve({ code: exit, signal: by })));
}

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s sends the last batch and still ends the process',
  async (signal) => {
    const ended = await stop(`${BEGIN} console.log('ready'); setInterval(() => {}, 1000);`, signal);
    expect(ended).toEqual({ code: null, signal });
    expect(sink.spans()).toHaveLength(2);
  },
);

it('where the application handles the signal, its handler decides', async () => {
  const handler = `process.on('SIGTERM', () => setTimeout(() => process.exit(7), 200));`;
  const ended = await stop(`${BEGIN} ${handler} console.log('ready'); setInterval(() => {}, 1000);`, 'SIGTERM');
  expect(ended).toEqual({ code: 7, signal: null });
  expect(new Set(sink.spans().map((span) => span.name))).toEqual(new Set(['one', 'run']));
});

it('flushOnExit: false leaves the end of the process alone', async () => {
  const run = await runCode(
    `${BEGIN.replace("service: 's',", "service: 's', flushOnExit: false,")} process.exit(0);`,
    env(sink.url),
  );
  expect(run.exitCode).toBe(0);
  expect(sink.spans()).toEqual([]);
});
