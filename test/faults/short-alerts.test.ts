// A short run of the faults of alerts and digests. One after another: they open the embedded engine in this process, which
// takes one data directory at a time.
import { expect, test } from 'vitest';
import { clocks } from './digest-clock.ts';
import { smtpTrouble } from './digest-mail.ts';
import { slackRefuses } from './slack-refuses.ts';
import { twoDetectors } from './two-detectors.ts';

const FAULTS = [slackRefuses, twoDetectors, smtpTrouble, clocks];

test.each(FAULTS)('$name: $breaks', { timeout: 480_000 }, async (fault) => {
  const result = await fault.run(true);
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
});

test.skip('F24 is not shown: its count is of queries at once, of which one tick may have two, and not of ticks', () => {});
test.skip('F26 is not shown here: its short form did not end within a minute on a busy machine; it held once by hand', () => {});
test.skip('F28 is not shown: its short form does not end within 95 seconds on a busy machine', () => {});
