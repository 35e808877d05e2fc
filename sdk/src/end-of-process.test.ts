// Processes that are stopped or call process.exit(): their last spans arrive, and they end as they would have.
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { runCode, startCode } from '../test-support/run-example.ts';

const BEGIN = `
import { agent, start, step } from '@telltale/sdk';
start({ service: 's', mask: (text) => text.replace('secret', '***') });
await agent('run', () => step('one', { input: 'a secret' }, () => 1));
`;
const env = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b' });

async function withSink(use: (sink: OtlpSink) => Promise<void>): Promise<void> {
  const sink = await openSink();
  try {
    await use(sink);
  } finally {
    await sink.close();
  }
}

/** Runs `code` until it prints `ready`, then sends it the signal. It sends nothing by itself before that. */
async function stop(code: string, signal: NodeJS.Signals, sink: OtlpSink): Promise<unknown> {
  const child = startCode(code, { ...env(sink.url), OTEL_BSP_SCHEDULE_DELAY: '600000' });
  await child.printed('ready');
  child.signal(signal);
  const { exitCode, stderr } = await child.ended;
  return { code: exitCode, signal: await child.endedBy, stderr };
}

// Each has a receiver of its own.
describe.concurrent('a process', () => {
  it('that calls process.exit() sends the last batch, masked and with headers, and keeps its code', ({ expect }) =>
    withSink(async (sink) => {
      const run = await runCode(`${BEGIN} process.exit(3);`, env(sink.url));
      expect(run).toEqual({ exitCode: 3, stdout: '', stderr: '' });
      expect(sink.spans().map((span) => span.name)).toEqual(['one', 'run']);
      expect(sink.span('one').attributes['telltale.step.input']).toBe('a ***');
      expect(sink.requests[0]?.headers['x-key']).toBe('a b');
    }));

  it('that calls process.exit() while a batch is on the way loses nothing', ({ expect }) =>
    withSink(async (sink) => {
      const taken = new EventEmitter();
      const isOnTheWay = once(taken, 'first');
      // The first batch gets no answer; what is sent at the end gets one.
      sink.answerWith(() => {
        if (sink.requests.length > 1) return { status: 200 };
        taken.emit('first');
        return new Promise(() => undefined);
      });
      const child = startCode(
        `${BEGIN}
         const many = Array.from({ length: 50 }, (_, i) => step('more ' + i, () => 1));
         await Promise.all(many);
         process.stdin.once('data', () => process.exit(0));`,
        { ...env(sink.url), OTEL_BSP_SCHEDULE_DELAY: '1' },
      );
      await isOnTheWay;
      child.say('exit');
      const run = await child.ended;
      expect(run).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      expect(new Set(sink.spans().map((span) => span.spanId)).size).toBe(52);
    }));

  it('is held by a receiver that does not answer for a short time only, and the loss is said', async ({ expect }) => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address() as { port: number };
    const run = await runCode(`${BEGIN} process.exit(0);`, env(`http://127.0.0.1:${address.port}`));
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('2 of its last spans could not be sent in time');
    silent.close();
  });

  it.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'that gets %s sends the last batch and still ends by it',
    (signal, { expect }) =>
      withSink(async (sink) => {
        const ended = await stop(`${BEGIN} console.log('ready'); setInterval(() => {}, 1000);`, signal, sink);
        expect(ended).toEqual({ code: null, signal, stderr: '' });
        expect(sink.spans()).toHaveLength(2);
      }),
  );

  it('that handles the signal itself decides, and its spans are sent meanwhile', ({ expect }) =>
    withSink(async (sink) => {
      const handler = `process.on('SIGTERM', () => process.stdin.once('data', () => process.exit(7)));`;
      const child = startCode(`${BEGIN} ${handler} console.log('ready'); setInterval(() => {}, 1000);`, {
        ...env(sink.url),
        OTEL_BSP_SCHEDULE_DELAY: '600000',
      });
      await child.printed('ready');
      child.signal('SIGTERM');
      await expect.poll(() => sink.spans().length, { timeout: 50_000 }).toBe(2);
      child.say('exit');
      expect(await child.ended).toMatchObject({ exitCode: 7, stderr: '' });
      expect(await child.endedBy).toBeNull();
      expect(new Set(sink.spans().map((span) => span.name))).toEqual(new Set(['one', 'run']));
    }));

  it('with flushOnExit: false ends without its spans', ({ expect }) =>
    withSink(async (sink) => {
      const run = await runCode(
        `${BEGIN.replace("service: 's',", "service: 's', flushOnExit: false,")} process.exit(0);`,
        env(sink.url),
      );
      expect(run.exitCode).toBe(0);
      expect(sink.spans()).toEqual([]);
    }));
});
