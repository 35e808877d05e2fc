// A process that crashes: its spans arrive, and Node's own output and exit code stay as they would be without us.
import { createServer } from 'node:net';
import { describe, type ExpectStatic, it } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { type ExampleRun, runCode } from '../test-support/run-example.ts';

const IMPORTS = `import { agent, start, step, tool } from '@telltale/sdk';`;
const CRASH = `agent('crash-agent', () => tool('pay', () => {
  throw new Error('card declined');
}));`;
/** More than a test may take: only our own bound ends it. */
const RETRY_FOR_LONG = { OTEL_EXPORTER_OTLP_TIMEOUT: '600000' };

/** Runs the code with spans sent to `url`. */
async function runTraced(code: string, url: string, env = {}): Promise<ExampleRun> {
  return runCode(`${IMPORTS} start(); ${code}`, { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...RETRY_FOR_LONG, ...env });
}

const alone = new Map<string, Promise<ExampleRun>>();

/** The same code with nothing recorded, which is how Node alone behaves: once per code, whoever compares with it. */
function runAlone(code: string): Promise<ExampleRun> {
  const known = alone.get(code);
  if (known !== undefined) return known;
  const run = runCode(`${IMPORTS} start(); ${code}`, { OTEL_SDK_DISABLED: 'true' });
  alone.set(code, run);
  return run;
}

/** `use` gets what the crashing process printed, and the receiver of its spans, its own. */
async function crash(code: string, use: (traced: ExampleRun, sink: OtlpSink) => void | Promise<void>): Promise<void> {
  const sink = await openSink();
  try {
    // What is tried is whether the spans arrive, however busy the machine is.
    await use(await runTraced(code, sink.url, { TELLTALE_FLUSH_ON_EXIT_MS: '60000' }), sink);
  } finally {
    await sink.close();
  }
}

function expectCrashReceived(expect: ExpectStatic, sink: OtlpSink): void {
  expect(sink.span('pay').status).toEqual({ code: 2, message: 'card declined' });
  expect(sink.span('pay').parentSpanId).toBe(sink.span('crash-agent').spanId);
  expect(sink.span('crash-agent').status).toEqual({ code: 2, message: 'card declined' });
}

describe.concurrent('an error that nobody catches', () => {
  it.for([
    ['awaited', `await ${CRASH}`],
    ['not awaited', CRASH],
    ['while other code runs on', `setInterval(() => {}, 1000); ${CRASH}`],
    ['with an exit code set before', `process.exitCode = 3; ${CRASH}`],
    ['with something left to do', `setImmediate(() => console.log('went on')); await ${CRASH}`],
  ] as const)('sends its spans and ends like Node alone: %s', ([, code], { expect }) =>
    crash(code, async (traced, sink) => {
      expectCrashReceived(expect, sink);
      expect(traced.stderr).toContain('Error: card declined\n    at ');
      expect(traced).toEqual(await runAlone(code));
      expect(traced.exitCode).toBe(1);
    }),
  );

  it('may be thrown outside of any span', ({ expect }) => {
    const code = `await step('done', () => 1); setTimeout(() => { throw new Error('later'); });`;
    return crash(code, async (traced, sink) => {
      expect(sink.span('done').status?.code ?? 0).toBe(0);
      expect(traced).toEqual(await runAlone(code));
      expect(traced).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Error: later\n    at ') });
    });
  });

  it('may be no Error', ({ expect }) =>
    crash(`await step('done', () => 1); setTimeout(() => { throw 'plain words'; });`, (traced, sink) => {
      expect(sink.span('done').name).toBe('done');
      expect(traced).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('plain words') });
    }));

  it('ends the process also where rejections are handled, but errors are not', ({ expect }) =>
    crash(
      `process.on('unhandledRejection', () => console.log('rejected'));
       await step('done', () => 1); setTimeout(() => { throw new Error('later'); });`,
      (traced, sink) => {
        expect(sink.span('done').name).toBe('done');
        const stderr = expect.stringContaining('Error: later\n    at ');
        expect(traced).toMatchObject({ exitCode: 1, stdout: '', stderr });
      },
    ));

  it('ends the steps that are open as cancelled', ({ expect }) =>
    crash(`agent('open', () => new Promise(() => {})); setTimeout(() => { throw new Error('later'); });`, (_, sink) => {
      const { status, attributes } = sink.span('open');
      expect(status?.code ?? 0).toBe(0);
      expect(attributes).toMatchObject({
        'telltale.step.outcome': 'cancelled',
        'telltale.step.cancelled_by': 'crash',
      });
    }));
});

describe.concurrent('an application with handlers of its own', () => {
  it('decides itself what a crash is, and the spans are sent beside it', ({ expect }) => {
    const code = `process.on('uncaughtException', (error) => console.log('theirs:', error.message)); ${CRASH}`;
    return crash(code, async (traced, sink) => {
      expect(traced).toEqual({ exitCode: 0, stdout: 'theirs: card declined\n', stderr: '' });
      expect(traced).toEqual(await runAlone(code));
      expectCrashReceived(expect, sink);
    });
  });

  it.for([
    [4, `process.exit(4)`],
    [7, `throw new Error('handler broke')`],
  ] as const)('keeps its exit code, also that of a handler that fails: %i', ([exitCode, body], { expect }) => {
    const code = `process.on('uncaughtException', () => { ${body} }); ${CRASH}`;
    return crash(code, async (traced) => {
      expect(traced).toEqual(await runAlone(code));
      expect(traced.exitCode).toBe(exitCode);
    });
  });
});

describe.concurrent('a receiver that does not answer', () => {
  /** No turn of the program comes after the error, whatever the receiver does. */
  const GOES_ON = `setInterval(() => console.log('went on'), 20); await ${CRASH}`;

  async function expectEndsAnyway(expect: ExpectStatic, url: string): Promise<void> {
    const { stderr, ...traced } = await runTraced(GOES_ON, url);
    const lines = stderr.split('\n').filter((line) => !line.startsWith('[telltale] Start-up check'));
    const [notice, ...rest] = lines;
    expect(notice).toBe(
      '[telltale] The process ended; 2 of its last spans could not be sent in time. This is logged once.',
    );
    expect({ ...traced, stderr: rest.join('\n') }).toEqual(await runAlone(GOES_ON));
    expect(traced).toMatchObject({ exitCode: 1, stdout: '' });
  }

  it('is not waited for when it is down', async ({ expect }) => {
    const sink = await openSink();
    await sink.close();
    await expectEndsAnyway(expect, sink.url);
  });

  it('is waited for while nothing else runs when it is silent', async ({ expect }) => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address() as { port: number };
    await expectEndsAnyway(expect, `http://127.0.0.1:${address.port}`);
    await new Promise((resolve) => silent.close(resolve));
  });
});
