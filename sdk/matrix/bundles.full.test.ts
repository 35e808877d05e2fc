// Bundles of esbuild and webpack, and single executables: the SDK, its packages and the application in one file.
import { execFile } from 'node:child_process';
import { chmod, copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build, stop } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { expectSame } from './compare.ts';
import { NOBODY, openMatrix } from './full-tier.ts';
import { ENDINGS, type Ending, SPANS, START, WORK } from './programs.ts';
import type { Project } from './project.ts';

const run = promisify(execFile);
const matrix = await openMatrix(['webpack@5', 'postject@1.0.0-alpha.6']);
// Its process would stay until this one ends.
afterAll(() => stop());

const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const program = (ending: Ending) => `
  import { agent, decide, start, tool } from '@telltale/sdk';
  ${START}
  (async () => { ${WORK} ${ENDINGS[ending]} })();`;

type Bundler = (project: Project, entry: string) => Promise<string>;
const esbuild =
  (name: string, options: BuildOptions): Bundler =>
  async ({ folder }, entry) => {
    const outfile = join(folder, name);
    await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', logLevel: 'error', ...options });
    return outfile;
  };
const webpack =
  (name: string, output: string): Bundler =>
  async (project, entry) => {
    const config = `module.exports = { mode: 'production', target: 'node', entry: ${JSON.stringify(entry)}, ${output},
      performance: { hints: false } };`;
    const path = await project.write('webpack.config.cjs', config);
    const script = `require('webpack')(require(${JSON.stringify(path)}), (error, stats) => {
      if (error || stats.hasErrors()) { console.error(error ?? stats.toString()); process.exit(1); } });`;
    await run(process.execPath, ['-e', script], { cwd: project.folder });
    return join(project.folder, 'packed', name);
  };

const BUNDLERS: Record<string, Bundler> = {
  'esbuild to CommonJS': esbuild('out.cjs', { format: 'cjs' }),
  'esbuild to CommonJS, minified': esbuild('min.cjs', { format: 'cjs', minify: true }),
  'esbuild to ESM, with the banner for require': esbuild('out.mjs', { format: 'esm', banner: { js: BANNER } }),
  'esbuild to ESM, from the packages’ ES modules': esbuild('esm.mjs', {
    format: 'esm',
    mainFields: ['module', 'main'],
  }),
  'webpack to CommonJS': webpack('out.cjs', "output: { path: __dirname + '/packed', filename: 'out.cjs' }"),
  'webpack to ESM': webpack(
    'out.mjs',
    "experiments: { outputModule: true }, output: { path: __dirname + '/packed', filename: 'out.mjs', module: true }",
  ),
};

/** A bundle in both projects, by the folder of the project. */
async function bundle(bundler: Bundler, text: string): Promise<Map<string, string>> {
  const made = new Map<string, string>();
  for (const project of [matrix.pair.withSdk, matrix.pair.without]) {
    made.set(project.folder, await bundler(project, await project.write('entry.mjs', text)));
  }
  return made;
}

/** Lines of a bundle and of its source are not alike; what matters is how it ended and what it printed itself. */
const withoutSource = (text: string) => text.replace(/^(?![ \t]*(result|tick|Error: )).*\n?/gm, '');

for (const [name, bundler] of Object.entries(BUNDLERS)) {
  for (const ending of Object.keys(ENDINGS) as Ending[]) {
    it.skipIf(matrix.isLeftOut)(
      matrix.title(`${name}, a program that ${ending}: ends as without the SDK, and its spans arrive`),
      async () => {
        const made = await bundle(bundler, program(ending));
        const command = ({ folder }: Project, env: Record<string, string>) => ({
          args: [made.get(folder) as string],
          env,
          plain: withoutSource,
        });
        await expectSame(matrix.pair, (project) => command(project, matrix.env), true);
        expect(new Set(matrix.names())).toEqual(new Set(SPANS));
        const protobuf = { ...matrix.env, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
        await expectSame(matrix.pair, (project) => command(project, protobuf), false);
        expect(matrix.sink.requests.map(({ headers }) => headers['content-type'])).toContain('application/x-protobuf');
      },
    );
  }
}

/** Its main script must not run again in a process of the SDK: the second one says so and ends. */
const executable = (ending: Ending) => `
  if (process.env.MATRIX_IS_RUNNING) { require('node:fs').appendFileSync('runs.log', 'again\\n'); process.exit(9); }
  process.env.MATRIX_IS_RUNNING = 'yes';
  require('node:fs').appendFileSync('runs.log', 'run\\n');
  const { agent, decide, start, tool } = require('@telltale/sdk');
  ${START}
  (async () => { ${WORK} ${ENDINGS[ending]} })();`;

const singleExecutable: Bundler = async (project, entry) => {
  const { folder } = project;
  await esbuild('sea.cjs', { format: 'cjs' })(project, entry);
  const config = { main: 'sea.cjs', output: 'sea.blob', disableExperimentalSEAWarning: true };
  await project.write('sea.json', JSON.stringify(config));
  await run(process.execPath, ['--experimental-sea-config', 'sea.json'], { cwd: folder });
  const target = join(folder, 'app');
  await copyFile(process.execPath, target);
  await chmod(target, 0o755);
  const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
  const args = [project.module('postject/dist/cli.js'), target, 'NODE_SEA_BLOB', 'sea.blob', '--sentinel-fuse', fuse];
  await run(process.execPath, args, { cwd: folder });
  return target;
};

for (const ending of Object.keys(ENDINGS) as Ending[]) {
  for (const isAway of [false, true]) {
    it.skipIf(matrix.isLeftOut || process.platform !== 'linux')(
      matrix.title(
        `a single executable (Linux) that ${ending}, ${isAway ? 'without' : 'with'} a receiver: runs once and ends as without the SDK`,
      ),
      async () => {
        const made = await bundle(singleExecutable, executable(ending));
        const env = isAway ? { OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY } : matrix.env;
        for (const project of [matrix.pair.withSdk, matrix.pair.without]) await project.write('runs.log', '');
        const command = ({ folder }: Project) => ({
          file: made.get(folder) as string,
          args: [],
          env,
          plain: withoutSource,
        });
        await expectSame(matrix.pair, command, true);
        if (!isAway) expect(new Set(matrix.names())).toEqual(new Set(SPANS));
        expect(await readFile(join(matrix.pair.withSdk.folder, 'runs.log'), 'utf8')).not.toContain('again');
      },
    );
  }
}
