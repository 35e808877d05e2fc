// How much a test run does: the small tier (`npm test`) or the full one (`npm run test:full`). Files named
// *.full.test.ts run in the full tier only (vitest.config.ts).

/** Whether this is the full tier. */
export const IS_FULL_TIER = process.env.TELLTALE_TEST_TIER === 'full';

/** How many random cases a property test tries: `small` in `npm test`, `full` in `npm run test:full`. */
export function propertyRuns(small: number, full: number): number {
  return IS_FULL_TIER ? full : small;
}
