// A short run of the faults that are cheap, so that no change breaks the promise unseen; `npm run faults` is the long one.
import { expect, test } from 'vitest';
import { duplicates } from './duplicates.ts';
import { killAtPoint, killAtRandom } from './kill.ts';
import { lateSpans } from './late-spans.ts';
import { lostReplies } from './lost-replies.ts';
import { refusedInserts } from './refused-inserts.ts';
import { tornSpool } from './torn-files.ts';

const FAULTS = [killAtRandom, killAtPoint, tornSpool, lostReplies, refusedInserts, duplicates, lateSpans];

// Side by side: most of the time goes into starting and waiting.
test.concurrent.each(FAULTS)('$name: $breaks', { timeout: 900_000 }, async (fault) => {
  const result = await fault.run(true);
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
});
