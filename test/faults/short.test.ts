// A short run of the faults that are cheap, so that no change breaks the promise unseen; `npm run faults` is the long one.
import { expect, test } from 'vitest';
import { jumpingClock, slowTicks, startsEachMinute } from './detector-clocks.ts';
import { clocks } from './digest-clock.ts';
import { smtpTrouble } from './digest-mail.ts';
import { duplicates } from './duplicates.ts';
import { killAtPoint, killAtRandom } from './kill.ts';
import { lateSpans } from './late-spans.ts';
import { lostReplies } from './lost-replies.ts';
import { refusedInserts } from './refused-inserts.ts';
import { slackRefuses } from './slack-refuses.ts';
import { tornSpool } from './torn-files.ts';
import { twoDetectors } from './two-detectors.ts';

const SPOOL = [killAtRandom, killAtPoint, tornSpool, lostReplies, refusedInserts, duplicates, lateSpans];
const DETECTOR = [slackRefuses, slowTicks, twoDetectors, startsEachMinute, jumpingClock];
const FAULTS = [...SPOOL, ...DETECTOR, smtpTrouble, clocks];

// Side by side: most of the time goes into starting and waiting.
test.concurrent.each(FAULTS)('$name: $breaks', { timeout: 240_000 }, async (fault) => {
  const result = await fault.run(true);
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
});
