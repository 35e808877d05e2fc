// Runs in the process of each test file, before it and after it: nothing may stay behind.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { leftovers, ownTemporaryFolder, removeTemporaryFolder } from './support/leftovers.ts';

/** What was closed a moment ago may take a few turns to be gone. */
const GRACE_MS = 10_000;

const folder = ownTemporaryFolder();

// Registered first, so it runs last.
afterAll(async () => {
  const until = performance.now() + GRACE_MS;
  let left = leftovers(folder);
  while (left.length > 0 && performance.now() < until) {
    await sleep(20);
    left = leftovers(folder);
  }
  removeTemporaryFolder(folder);
  if (left.length > 0) throw new Error(`This file left behind:\n  ${left.join('\n  ')}`);
});
