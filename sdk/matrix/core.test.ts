// The package as it is packed, in a project outside the repository: ES modules, CommonJS, both in one process, bundles.
// The whole matrix (Node versions, Jest, Next.js, webpack, single executables and so on) runs in the full tier.
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { expectSame, runIn } from './compare.ts';
import { commonJs, esm, SPANS, START, WORK } from './programs.ts';
import { offlinePair, type ProjectPair } from './project.ts';

let pair: ProjectPair;
let sink: OtlpSink;
beforeAll(async () => {
  pair = await offlinePair();
});
beforeEach(async () => {
  sink = await openSink();
});
afterEach(() => sink.close());
afterAll(async () => {
  // Its process would stay until this one ends.
  await stop();
  await pair?.close();
});

// What is tried is whether the spans arrive, however busy the machine is.
const env = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, TELLTALE_FLUSH_ON_EXIT_MS: '60000' });
const names = () =>
  sink
    .spans()
    .map(({ name }) => name)
    .sort();

it.each([
  ['an ES module', 'app.mjs', esm('returns')],
  ['an ES module that calls process.exit(3)', 'exit.mjs', esm('calls process.exit(3)')],
  ['CommonJS', 'app.cjs', commonJs('returns')],
  ['CommonJS that throws', 'throw.cjs', commonJs('throws')],
])('%s ends as it would without the SDK, and its spans arrive', async (_, file, text) => {
  await pair.write(file, text);
  await expectSame(pair, () => ({ args: [file], env: env() }), false);
  expect(names()).toEqual(SPANS);
});

it('require() and import in one process are one SDK', async () => {
  await pair.withSdk.write(
    'both.mjs',
    `import { createRequire } from 'node:module';
    import * as imported from '@telltale/sdk';
    import { TELLTALE } from '@telltale/sdk/attributes';
    const required = createRequire(import.meta.url)('@telltale/sdk');
    ${START.replace('start', 'required.start')}
    await imported.agent('outer', () => required.tool('inner', () => 1));
    const stopped = await required.timeout('late', { timeoutMs: 1 }, () => new Promise(() => {})).catch((error) => error);
    console.log(required.agent === imported.agent, stopped instanceof imported.TimeoutError, TELLTALE.STEP_KIND);
    console.log((await imported.flush()).sent, imported.start().started);`,
  );
  const { seen } = await runIn(pair.withSdk, { args: ['both.mjs'], env: env() });
  expect(seen).toMatchObject({ code: 0, stdout: 'false true telltale.step.kind\n3 false\n', stderr: '' });
  expect(sink.span('inner').parentSpanId).toBe(sink.span('outer').spanId);
});

it('two bundles in one process are one SDK, over http/protobuf too, and packages that are ES modules only are in them', async () => {
  const { folder } = pair.withSdk;
  const made: string[] = [];
  for (const [name, text] of [
    ['starts', `import { start } from '@telltale/sdk'; ${START} console.log('starts');`],
    [
      'works',
      `import { agent, circuitBreaker, connect, decide, flush, retry, tool } from '@telltale/sdk';
      export async function main() {
        ${WORK}
        await agent('desk 2', async () => {
          await retry('x', {}, () => 1);
          await circuitBreaker('c').call('y', {}, () => 2);
          await connect('s', { rateLimit: { requests: 5, perMs: 1000 } }).call('z', {}, () => 3);
        });
        const { failed, dropped } = await flush();
        console.log(JSON.stringify({ failed, dropped }));
      }`,
    ],
  ] as const) {
    const entry = await pair.withSdk.write(`${name}.src.mjs`, text);
    const outfile = join(folder, `${name}.cjs`);
    await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' });
    made.push(outfile);
  }
  await pair.withSdk.write('main.cjs', "require('./starts.cjs'); require('./works.cjs').main();");
  const protobuf = { ...env(), OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
  const { seen } = await runIn(pair.withSdk, { args: ['main.cjs'], env: protobuf });
  expect(seen).toMatchObject({ code: 0, stderr: '', stdout: 'starts\nresult true pay\n{"failed":0,"dropped":0}\n' });
  expect(sink.requests.map(({ headers }) => headers['content-type'])).toContain('application/x-protobuf');
});
