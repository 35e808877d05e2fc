// Processes that are stopped by a signal: by default the SDK has no part in it; with flushOnSignal the last spans arrive,
// and the signal does what it would have done.
import { describe, it } from 'vitest';
import { type OtlpSink, withSink } from '../test-support/otlp-sink.ts';
import { inTurn, startCode } from '../test-support/run-example.ts';

/** It sends nothing by itself before the signal. What is tried is whether the spans arrive, however busy the machine is. */
const env = (url: string) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_BSP_SCHEDULE_DELAY: '600000',
  TELLTALE_FLUSH_ON_EXIT_MS: '60000',
});

const begin = (options: string, before = '', after = ''): string => `
${before}
const { agent, start, step } = await import('@telltale/sdk');
start({ service: 's', ${options} });
${after}
await agent('run', () => step('one', () => 1));
agent('open', () => new Promise(() => {}));
console.log('ready'); setInterval(() => {}, 1000);`;

const FLUSH = 'flushOnSignal: true';
const SHUTDOWN = `async () => {
  console.log('begin');
  await new Promise((resolve) => setTimeout(resolve, 300));
  console.log('saved');
  process.exit(7);
}`;
/** What signal-exit 4 does, which execa and many command-line tools bring along. */
const SIGNAL_EXIT = `
const emitter = { count: 1 };
globalThis[Symbol.for('signal-exit emitter')] = emitter;
const onSignal = () => {
  if (process.listeners('SIGTERM').length !== emitter.count) return;
  process.off('SIGTERM', onSignal);
  console.log('cleanup');
  process.kill(process.pid, 'SIGTERM');
};
process.on('SIGTERM', onSignal);`;

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

function stop(code: string, signal: NodeJS.Signals, sink: OtlpSink): Promise<Ended> {
  return inTurn(async () => {
    const child = startCode(code, env(sink.url));
    await child.printed('ready');
    child.signal(signal);
    const { exitCode, stdout, stderr } = await child.ended;
    return { code: exitCode, signal: await child.endedBy, stdout: stdout.replace('ready\n', ''), stderr };
  });
}

const namesOf = (sink: OtlpSink) => sink.spans().map(({ name }) => name);

describe.concurrent('with flushOnSignal', () => {
  it.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends the process after its spans', (signal, { expect }) =>
    withSink(async (sink) => {
      expect(await stop(begin(FLUSH), signal, sink)).toEqual({ code: null, signal, stdout: '', stderr: '' });
      expect(namesOf(sink)).toEqual(['one', 'run', 'open']);
      expect(sink.span('open').attributes['telltale.step.cancelled_by']).toBe('signal');
    }),
  );

  it.for([
    ['once, before start()', `process.once('SIGTERM', ${SHUTDOWN});`, ''],
    ['once, after start()', '', `process.once('SIGTERM', ${SHUTDOWN});`],
    ['once, in front of ours', '', `process.prependOnceListener('SIGTERM', ${SHUTDOWN});`],
    ['beside signal-exit', `${SIGNAL_EXIT} process.on('SIGTERM', ${SHUTDOWN});`, ''],
  ])('a handler of the application has the time it needs: %s', ([, before, after], { expect }) =>
    withSink(async (sink) => {
      const ended = await stop(begin(FLUSH, before, after), 'SIGTERM', sink);
      expect(ended).toEqual({ code: 7, signal: null, stdout: 'begin\nsaved\n', stderr: '' });
      expect(namesOf(sink)).toEqual(['one', 'run', 'open']);
      // It went on after the signal, and ended at process.exit().
      expect(sink.span('open').attributes['telltale.step.cancelled_by']).toBe('exit');
    }),
  );

  it('signal-exit ends the process as if it were alone', ({ expect }) =>
    withSink(async (sink) => {
      const ended = await stop(begin(FLUSH, SIGNAL_EXIT), 'SIGTERM', sink);
      expect(ended).toEqual({ code: null, signal: 'SIGTERM', stdout: 'cleanup\n', stderr: '' });
      expect(namesOf(sink)).toEqual(['one', 'run', 'open']);
    }));
});

describe.concurrent('by default', () => {
  it.for([
    ['alone', '', '', null],
    ['with a handler that runs once', `process.once('SIGTERM', ${SHUTDOWN});`, 'begin\nsaved\n', 7],
    ['with signal-exit', SIGNAL_EXIT, 'cleanup\n', null],
  ] as const)('a signal does what it does without the SDK: %s', ([, before, stdout, code], { expect }) =>
    withSink(async (sink) => {
      const signal = code === null ? 'SIGTERM' : null;
      expect(await stop(begin('', before), 'SIGTERM', sink)).toEqual({ code, signal, stdout, stderr: '' });
      expect(namesOf(sink)).toEqual(code === null ? [] : ['one', 'run', 'open']);
    }),
  );
});
