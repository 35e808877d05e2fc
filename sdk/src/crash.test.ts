// A process that crashes: its spans arrive, and Node's own output and exit code stay as they would be without us.
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { type ExampleRun, runCode } from '../test-support/run-example.ts';

let sink: OtlpSink;

beforeEach(async () => {
  sink = await openSink();
});
afterEach(() => sink.close());

const IMPORTS = `import { agent, start, step, tool } from '@telltale/sdk';`;
const CRASH = `agent('crash-agent', () => tool('pay', () => {
  throw new Error('card declined');
}));`;
/** More than a test may take: only our own bound ends the wait. */
const RETRY_FOR_LONG = { OTEL_EXPORTER_OTLP_TIMEOUT: '600000' };

/** The same code twice: with spans sent to `url`, and with none recorded, which is how Node alone behaves. */
async function crash(code: string, url = sink.url): Promise<{ traced: ExampleRun; alone: ExampleRun }> {
  const [traced, alone] = await Promise.all([
    runCode(`${IMPORTS} start(); ${code}`, { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...RETRY_FOR_LONG }),
    runCode(`${IMPORTS} start(); ${code}`, { OTEL_SDK_DISABLED: 'true' }),
  ]);
  return { traced: comparable(traced), alone: comparable(alone) };
}

/** Without the places inside Node itself, and without the column that it points at: `new Error` instead of `throw`. */
function comparable(run: ExampleRun): ExampleRun {
  const stderr = run.stderr
    .replace(/^node:internal.*\n.*\n\s+\^\n\n/m, '')
    .replaceAll(/\(node:\S+:\d+:\d+\)/g, '(node)')
    .replaceAll(/^ +\^$/gm, '^');
  return { ...run, stderr };
}

function expectCrashReceived(): void {
  expect(sink.span('pay').status).toEqual({ code: 2, message: 'card declined' });
  expect(sink.span('pay').parentSpanId).toBe(sink.span('crash-agent').spanId);
  expect(sink.span('crash-agent').status).toEqual({ code: 2, message: 'card declined' });
}

describe('an error that nobody catches', () => {
  it.each([
    ['awaited', `await ${CRASH}`],
    ['not awaited', CRASH],
    ['while other code runs on', `setInterval(() => {}, 1000); ${CRASH}`],
    ['with an exit code set before', `process.exitCode = 3; ${CRASH}`],
  ])('sends its spans and ends like Node alone: %s', async (_, code) => {
    const { traced, alone } = await crash(code);
    expectCrashReceived();
    expect(alone.stderr).toContain('Error: card declined\n    at ');
    expect(traced).toEqual(alone);
    expect(traced.exitCode).toBe(1);
  });

  it('may be thrown outside of any span', async () => {
    const { traced, alone } = await crash(
      `await step('done', () => 1); setTimeout(() => { throw new Error('later'); });`,
    );
    expect(sink.span('done').status?.code ?? 0).toBe(0);
    expect(traced).toEqual(alone);
    expect(traced).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Error: later\n    at ') });
  });

  it('may be no Error', async () => {
    const { traced } = await crash(`await step('done', () => 1); setTimeout(() => { throw 'plain words'; });`);
    expect(sink.span('done').name).toBe('done');
    expect(traced).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('plain words') });
  });

  it('ends the process also where rejections are handled, but errors are not', async () => {
    const { traced } = await crash(
      `process.on('unhandledRejection', () => console.log('rejected'));
       await step('done', () => 1); setTimeout(() => { throw new Error('later'); });`,
    );
    expect(sink.span('done').name).toBe('done');
    expect(traced).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('Error: later\n    at ') });
  });

  it('is shown when code that still runs ends the process as if all were well', async () => {
    const { traced } = await crash(`setImmediate(() => process.exit(0)); ${CRASH}`);
    expect(traced).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Error: card declined\n    at ') });
  });
});

describe('an application with handlers of its own', () => {
  it('decides itself what a crash is, and the spans are sent beside it', async () => {
    const { traced, alone } = await crash(
      `process.on('uncaughtException', (error) => console.log('theirs:', error.message)); ${CRASH}`,
    );
    expect(traced).toEqual({ exitCode: 0, stdout: 'theirs: card declined\n', stderr: '' });
    expect(traced).toEqual(alone);
    expectCrashReceived();
  });

  it('keeps its exit code, also that of a handler that fails', async () => {
    const handler = (body: string): string => `process.on('uncaughtException', () => { ${body} }); ${CRASH}`;
    const chosen = await crash(handler('process.exit(4)'));
    expect(chosen.traced).toEqual(chosen.alone);
    expect(chosen.traced.exitCode).toBe(4);
    const failing = await crash(handler(`throw new Error('handler broke')`));
    expect(failing.traced).toEqual(failing.alone);
    expect(failing.traced.exitCode).toBe(7);
  });
});

describe('a receiver that does not answer', () => {
  async function expectEndsAnyway(url: string): Promise<void> {
    const { traced, alone } = await crash(`await ${CRASH}`, url);
    const lines = traced.stderr.split('\n').filter((line) => !line.startsWith('[telltale] Start-up check'));
    const [notice, ...rest] = lines;
    expect(notice).toBe('[telltale] The process crashed; 2 of its last spans could not be sent in time.');
    expect({ ...traced, stderr: rest.join('\n') }).toEqual(alone);
    expect(traced.exitCode).toBe(1);
  }

  it('does not hold the crash up for long when it is down', async () => {
    await sink.close();
    await expectEndsAnyway(sink.url);
  });

  it('does not hold the crash up for long when it is silent', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    if (address === null || typeof address === 'string') expect.unreachable('it listens on a port');
    await expectEndsAnyway(`http://127.0.0.1:${address.port}`);
    await new Promise((resolve) => silent.close(resolve));
  });
});
