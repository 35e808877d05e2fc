// A short run of the faults of alerts and digests. One after another: they open the embedded engine in this process, which
// takes one data directory at a time.
import { expect, test } from 'vitest';
import { jumpingClock, slowTicks, startsEachMinute } from './detector-clocks.ts';
import { clocks } from './digest-clock.ts';
import { smtpTrouble } from './digest-mail.ts';
import { slackRefuses } from './slack-refuses.ts';
import { twoDetectors } from './two-detectors.ts';

const FAULTS = [slackRefuses, slowTicks, twoDetectors, startsEachMinute, jumpingClock, smtpTrouble, clocks];

test.each(FAULTS)('$name: $breaks', { timeout: 900_000 }, async (fault) => {
  const result = await fault.run(true);
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
});
