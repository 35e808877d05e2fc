// A short run of the faults, so that no change breaks the promise unseen; `npm run faults` is the long one.
import { expect, test } from 'vitest';
import { duplicates } from './duplicates.ts';
import { killAtPoint, killAtRandom } from './kill.ts';
import { tornSpool } from './torn-files.ts';

// Side by side: most of the time goes into starting and waiting.
test.concurrent.each([killAtRandom, killAtPoint, tornSpool, duplicates])('$name: $breaks', async (fault) => {
  const result = await fault.run(true);
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
});
