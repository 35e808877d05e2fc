// A short run of the faults that are cheap, so that no change breaks the promise unseen; `npm run faults` is the long one.
import { expect, test } from 'vitest';
import { IS_FULL_TIER } from '../support/tier.ts';
import { duplicates } from './duplicates.ts';
import { killAtPoint, killAtRandom } from './kill.ts';
import { lateSpans } from './late-spans.ts';
import { lostReplies } from './lost-replies.ts';
import { refusedInserts } from './refused-inserts.ts';
import { tornSpool } from './torn-files.ts';

// What storage refuses, gets twice or late is tried by collector/spool and test/kit as well.
const LONG = [refusedInserts, duplicates, lateSpans];
const FAULTS = [killAtRandom, killAtPoint, tornSpool, lostReplies, ...(IS_FULL_TIER ? LONG : [])];

// Side by side: most of the time goes into starting and waiting.
test.concurrent.each(FAULTS)('$name: $breaks', { timeout: 900_000 }, async (fault) => {
  const result = await fault.run(true);
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
});
