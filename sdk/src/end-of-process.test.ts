// Processes that end: their last spans arrive, and they end as they would have without the SDK. Crashes: crash.test.ts.
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type ExpectStatic, it } from 'vitest';
import { IS_FULL_TIER } from '../../test/support/tier.ts';
import { openSink, withSink } from '../test-support/otlp-sink.ts';
import { inTurn, runCode, startCode } from '../test-support/run-example.ts';

const BEGIN = `
import { agent, start, step } from '@telltale/sdk';
start({ service: 's', mask: (text) => text.replace('secret', '***') });
await agent('run', () => step('one', { input: 'a secret' }, () => 1));
`;
const env = (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b' });
/** Where it is tried whether spans arrive, however busy the machine is. */
const patient = (url: string) => ({ ...env(url), TELLTALE_FLUSH_ON_EXIT_MS: '60000' });

// Each has a receiver of its own.
describe.concurrent('a process that calls process.exit()', () => {
  it('sends the last batch, masked and with headers, starts no other process, and keeps its code', ({ expect }) =>
    withSink(async (sink) => {
      const folder = await mkdtemp(join(tmpdir(), 'telltale-exit-'));
      const trap = join(folder, 'application');
      await writeFile(trap, `#!/bin/sh\necho started >> ${trap}.log\n`);
      await chmod(trap, 0o755);
      // As in a single executable, where this is the application itself.
      const code = `${BEGIN} agent('open', () => step('inner', () => new Promise(() => {})));
        process.execPath = ${JSON.stringify(trap)}; process.argv[0] = process.execPath; process.exit(3);`;
      const run = await runCode(code, patient(sink.url));
      expect(run).toEqual({ exitCode: 3, stdout: '', stderr: '' });
      // Steps that are open end as cancelled, the inner one first.
      expect(sink.spans().map((span) => [span.name, span.attributes['telltale.step.outcome']])).toEqual([
        ['one', undefined],
        ['run', undefined],
        ['inner', 'cancelled'],
        ['open', 'cancelled'],
      ]);
      expect(sink.span('open').attributes['telltale.step.cancelled_by']).toBe('exit');
      expect(sink.span('one').attributes['telltale.step.input']).toBe('a ***');
      expect(sink.requests[0]?.headers['x-key']).toBe('a b');
      expect(existsSync(`${trap}.log`)).toBe(false);
      await rm(folder, { recursive: true });
    }));

  it('loses nothing of a batch that is on the way', ({ expect }) =>
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
        { ...patient(sink.url), OTEL_BSP_SCHEDULE_DELAY: '1' },
      );
      await isOnTheWay;
      child.say('exit');
      expect(await child.ended).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      expect(new Set(sink.spans().map((span) => span.spanId)).size).toBe(52);
    }));

  it('in a thread sends the spans of the thread', ({ expect }) =>
    withSink(async (sink) => {
      const code = `import { Worker } from 'node:worker_threads';
        const code = ${JSON.stringify(`import('@telltale/sdk').then(async ({ agent, start }) => {
          start({ service: 'thread' });
          await agent('in-thread', () => 1);
          process.exit(5);
        });`)};
        new Worker(code, { eval: true, execArgv: [] }).on('exit', (code) => console.log('thread ended with', code));`;
      const run = await runCode(code, patient(sink.url));
      expect(run).toEqual({ exitCode: 0, stdout: 'thread ended with 5\n', stderr: '' });
      expect(sink.span('in-thread').resource['service.name']).toBe('thread');
    }));

  it('ends without its spans with flushOnExit: false', ({ expect }) =>
    withSink(async (sink) => {
      const code = `${BEGIN.replace("service: 's',", "service: 's', flushOnExit: false,")} process.exit(0);`;
      expect((await runCode(code, patient(sink.url))).exitCode).toBe(0);
      expect(sink.spans()).toEqual([]);
    }));
});

describe.concurrent('a script that ends', () => {
  it('sends its last batch, and has no listener for signals', ({ expect }) =>
    withSink(async (sink) => {
      const count = `['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException'].map((each) => process.listenerCount(each))`;
      const run = await runCode(`${BEGIN} console.log(...${count});`, patient(sink.url));
      expect(run).toEqual({ exitCode: 0, stdout: '0 0 0 0\n', stderr: '' });
      expect(sink.spans()).toHaveLength(2);
    }));

  it('runs its own work at the end once, and sends its last batch', ({ expect }) =>
    withSink(async (sink) => {
      const run = await runCode(`${BEGIN} process.on('beforeExit', () => console.log('report'));`, patient(sink.url));
      expect(run).toEqual({ exitCode: 0, stdout: 'report\n', stderr: '' });
      expect(sink.spans()).toHaveLength(2);
    }));

  /** Half a second is what it may take; the bound is far above that and far below the exporter's ten. */
  const SOON_MS = 5_000;

  const expectEndsSoon = (expect: ExpectStatic, url: string, how: string): Promise<void> =>
    inTurn(async () => {
      const child = startCode(`${BEGIN} console.log('done'); ${how}`, env(url));
      await child.printed('done');
      const sinceMs = performance.now();
      const { exitCode, stderr } = await child.ended;
      expect(performance.now() - sinceMs).toBeLessThan(SOON_MS);
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/2 of its last spans could not be sent in time|Start-up check: .* cannot take spans/);
    });

  const ENDS = ['', 'process.exit(0);', 'setTimeout(() => {}, 1_300);'];
  /** All ends with all receivers in the full tier, each once in the small one. */
  const endsOf = (nth: number): string[] => (IS_FULL_TIER ? ENDS : ENDS.slice(nth, nth + 1));

  it('is not held for long by a receiver that is down', async ({ expect }) => {
    const down = await openSink();
    await down.close();
    // The batch timer fires first, and the retries of the export must not keep the process alive.
    for (const how of endsOf(2)) await expectEndsSoon(expect, down.url, how);
  });

  it('is not held for long by one that takes a connection and never answers', async ({ expect }) => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    for (const how of endsOf(0)) await expectEndsSoon(expect, `http://127.0.0.1:${port}`, how);
    silent.close();
  });

  it('is not held for long by one that has no time', ({ expect }) =>
    withSink(async (busy) => {
      busy.answerWith(() => ({ status: 503 }));
      busy.answerChecksWith(503);
      for (const how of endsOf(1)) await expectEndsSoon(expect, busy.url, how);
    }));
});
