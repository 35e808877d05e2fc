// How tests run.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import SlowFirst from './test/support/slow-first.ts';
import { IS_FULL_TIER } from './test/support/tier.ts';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const EXCLUDED = ['**/node_modules/**', '**/dist/**', ...(IS_FULL_TIER ? [] : ['**/*.full.test.ts'])];
/** Folders whose tests share processes. */
const PARTS = ['alerting', 'bench', 'collector', 'query-api', 'contracts', 'domain', 'storage', 'ui/src'];

type ProjectTests = TestProjectInlineConfiguration['test'];

const project = (test: ProjectTests): TestProjectInlineConfiguration => ({
  // The SDK from its sources, as tsconfig.json says: its package has only what was built.
  resolve: {
    alias: [
      { find: /^@telltale\/sdk$/, replacement: `${ROOT}sdk/src/index.ts` },
      { find: /^@telltale\/sdk\/attributes$/, replacement: `${ROOT}sdk/src/attributes.ts` },
    ],
  },
  test: {
    pool: 'forks',
    // These only end what hangs: a test waits for conditions, and a busy machine is no failure.
    testTimeout: IS_FULL_TIER ? 900_000 : 180_000,
    hookTimeout: 180_000,
    setupFiles: ['test/setup-file.ts'],
    env: { UV_THREADPOOL_SIZE: '16' },
    ...test,
  },
});

export default defineConfig({
  test: {
    projects: [
      project({
        name: 'parts',
        include: [`{${PARTS.join(',')}}/**/*.test.ts`],
        exclude: EXCLUDED,
        // Loading the modules and the engine takes longer than most of these tests, so a process runs file after file.
        // What one of them leaves behind is its failure (test/setup-file.ts) and cannot reach the next.
        isolate: false,
      }),
      project({
        name: 'whole',
        include: ['**/*.test.ts'],
        // A process of their own for each: the SDK has one state per process, and programs, browsers and faults are tried.
        exclude: [...EXCLUDED, ...PARTS.map((part) => `${part}/**`)],
      }),
    ],
    // One more than cores: tests wait for servers, timers and disks. Two more were no quicker on two cores (799 s to 784 s).
    maxWorkers: Math.min(availableParallelism() + 1, 8),
    sequence: { sequencer: SlowFirst },
    globalSetup: ['test/global-setup.ts'],
    reporters: ['default', './test/support/slow-files.ts'],
  },
});
