// How tests run.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import SlowFirst from './test/support/slow-first.ts';
import { IS_FULL_TIER } from './test/support/tier.ts';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  // The SDK from its sources, as tsconfig.json says: its package has only what was built.
  resolve: {
    alias: [
      { find: /^@telltale\/sdk$/, replacement: `${ROOT}sdk/src/index.ts` },
      { find: /^@telltale\/sdk\/attributes$/, replacement: `${ROOT}sdk/src/attributes.ts` },
    ],
  },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(IS_FULL_TIER ? [] : ['**/*.full.test.ts'])],
    // One process per file: the embedded engine takes one data directory per process.
    pool: 'forks',
    // One more than cores: tests wait for servers, timers and disks for a quarter of their time.
    maxWorkers: Math.min(availableParallelism() + 1, 8),
    sequence: { sequencer: SlowFirst },
    // These only end what hangs: a test waits for conditions, and a busy machine is no failure.
    testTimeout: IS_FULL_TIER ? 900_000 : 180_000,
    hookTimeout: 180_000,
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup-file.ts'],
    reporters: ['default', './test/support/slow-files.ts'],
    env: { UV_THREADPOOL_SIZE: '16' },
  },
});
