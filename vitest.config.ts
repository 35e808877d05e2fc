// How tests run.
import { defineConfig } from 'vitest/config';
import { IS_FULL_TIER } from './test/support/tier.ts';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(IS_FULL_TIER ? [] : ['**/*.full.test.ts'])],
    // One process per file: the embedded engine takes one data directory per process.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    globalSetup: ['test/global-setup.ts'],
    env: { UV_THREADPOOL_SIZE: '16' },
  },
});
