// Processes that are more than one script: cluster, worker threads, signals, a library that handles signals, and functions
// that are frozen between calls.
import { expect, it } from 'vitest';
import { expectSame } from './compare.ts';
import { NOBODY, openMatrix } from './full-tier.ts';
import { nodeVersions } from './node-versions.ts';
import { SPANS, START, WORK } from './programs.ts';

const matrix = await openMatrix(['execa@9']);
const IMPORT = "import { agent, decide, flush, start, tool } from '@telltale/sdk';";

interface Case {
  readonly program: string;
  readonly signal?: NodeJS.Signals;
  /** Parallel processes finish in any order. */
  readonly isUnordered?: boolean;
  readonly spans?: readonly string[];
}

const worker = (ending: string) => `
  import { Worker, isMainThread } from 'node:worker_threads';
  if (isMainThread) {
    const thread = new Worker(new URL(import.meta.url));
    thread.on('error', (error) => console.log('error', error.message)).on('exit', (code) => console.log('exit', code));
  } else {
    const { agent, decide, start, tool } = await import('@telltale/sdk');
    ${START} ${WORK}
    ${ending}
  }`;
const signaled = (around: string) => `${IMPORT} ${around}`;
const WAIT = "setInterval(() => undefined, 1000); console.log('ready');";
const GRACEFUL = `(event) => { console.log('begin', event); setTimeout(() => { console.log('saved'); process.exit(0); }, 100); }`;

const CASES: Record<string, Case> = {
  'a cluster': {
    program: `
      import cluster from 'node:cluster';
      ${IMPORT}
      if (cluster.isPrimary) {
        for (let i = 0; i < 2; i++) cluster.fork();
        let left = 2;
        cluster.on('exit', (_, code, signal) => { console.log('worker', code, signal); if (--left === 0) process.exitCode = 4; });
      } else { ${START} ${WORK} process.exit(2); }`,
    isUnordered: true,
  },
  'a worker thread that returns': { program: worker('') },
  'a worker thread that calls process.exit(5)': { program: worker('process.exit(5);') },
  'a worker thread that throws': { program: worker("throw new Error('in the thread');") },
  SIGTERM: { program: signaled(`${START} ${WORK} ${WAIT}`), signal: 'SIGTERM', spans: [] },
  SIGINT: { program: signaled(`${START} ${WORK} ${WAIT}`), signal: 'SIGINT', spans: [] },
  'SIGTERM, handled by the application with once() before start()': {
    program: signaled(`process.once('SIGTERM', ${GRACEFUL}); ${START} ${WORK} ${WAIT}`),
    signal: 'SIGTERM',
  },
  'SIGTERM, handled by the application with on() after start()': {
    program: signaled(`${START} ${WORK} process.on('SIGTERM', ${GRACEFUL}); ${WAIT}`),
    signal: 'SIGTERM',
  },
  'SIGTERM beside a running execa child': {
    program: signaled(`
      import { execa } from 'execa';
      ${START} ${WORK}
      execa(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { reject: false }).then(() => console.log('child ended'));
      ${WAIT}`),
    signal: 'SIGTERM',
    spans: [],
  },
  'SIGINT beside a running execa child': {
    program: signaled(`
      ${START} ${WORK}
      const { execa } = await import('execa');
      void execa(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { reject: false });
      ${WAIT}`),
    signal: 'SIGINT',
    spans: [],
  },
};

for (const { name: node, path, missing } of await nodeVersions()) {
  const reason = missing === null ? '' : ` (left out: ${missing})`;
  for (const [name, { program, signal, isUnordered, spans = SPANS }] of Object.entries(CASES)) {
    for (const isAway of [false, true]) {
      it.skipIf(path === null || matrix.isLeftOut)(
        matrix.title(`${node}, ${name}: ends as without the SDK ${isAway ? 'when no receiver is there' : ''}${reason}`),
        async () => {
          await matrix.pair.write('app.mjs', program);
          const command = {
            file: path as string,
            args: ['app.mjs'],
            env: isAway ? { OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY } : matrix.env,
            ...(isUnordered ? { plain: (text: string) => text.split('\n').sort().join('\n') } : {}),
            ...(signal === undefined ? {} : { whenReady: (pid: number) => void process.kill(pid, signal) }),
          };
          await expectSame(matrix.pair, () => command, true);
          if (!isAway && spans.length > 0) expect(new Set(matrix.names())).toEqual(new Set(spans));
        },
      );
    }
  }
}

it.skipIf(matrix.isLeftOut)(
  matrix.title('a function that is frozen between calls has sent before it, and goes on after it'),
  async () => {
    await matrix.pair.write(
      'app.mjs',
      `${IMPORT} ${START}
      const handler = async () => { try { ${WORK} } finally { await flush({ timeoutMs: 2_000 }); } };
      await handler();
      console.log('ready');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await handler();`,
    );
    const sentAtFreeze: number[] = [];
    const whenReady = (pid: number) => {
      process.kill(pid, 'SIGSTOP');
      sentAtFreeze.push(matrix.names().length);
      setTimeout(() => process.kill(pid, 'SIGCONT'), 1_500);
    };
    await expectSame(matrix.pair, () => ({ args: ['app.mjs'], env: matrix.env, whenReady }), true);
    // The project without the SDK, then the one with it.
    expect(sentAtFreeze.slice(0, 2)).toEqual([0, SPANS.length]);
    expect(matrix.names().length % (2 * SPANS.length)).toBe(0);
  },
);
