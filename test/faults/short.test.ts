// A short run of the faults, so that no change breaks the promise unseen; `npm run faults` is the long one.
import { expect, test } from 'vitest';
import { duplicates } from './duplicates.ts';
import { killAtPoint, killAtRandom } from './kill.ts';
import { tornSpool } from './torn-files.ts';

test.each([killAtRandom, killAtPoint, tornSpool, duplicates])('$name: $breaks', async (fault) => {
  const result = await fault.run(true);
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
});
