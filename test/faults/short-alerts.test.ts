// A short run of the faults of alerts and digests. One after another: they open the embedded engine in this process, which
// takes one data directory at a time.
import { expect, test } from 'vitest';
import { IS_FULL_TIER } from '../support/tier.ts';
import { jumpingClock, slowTicks, startsEachMinute } from './detector-clocks.ts';
import { clocks } from './digest-clock.ts';
import { smtpTrouble } from './digest-mail.ts';
import { slackRefuses } from './slack-refuses.ts';
import { twoDetectors } from './two-detectors.ts';

// alerting/storylines.test.ts restarts the detector at each tick, too; alerting/digest has clocks of its own.
const LONG = [slowTicks, startsEachMinute, jumpingClock, clocks];
const FAULTS = [slackRefuses, twoDetectors, smtpTrouble, ...(IS_FULL_TIER ? LONG : [])];

test.each(FAULTS)('$name: $breaks', { timeout: 900_000 }, async (fault) => {
  const result = await fault.run(true);
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
});
