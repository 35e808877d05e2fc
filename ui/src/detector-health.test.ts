import { expect, it } from 'vitest';
import { detectorWarning, summarizerWarning } from './detector-health.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const detector = (isOverdue: boolean, lastTickAt: string | null, lastError: string | null = null) =>
  detectorWarning({
    startedAt: ago(60),
    detector: { lastTickAt, lastError, isOverdue, standbyFor: null, setAside: 0 },
  });
const summarizer = (isStuck: boolean, lastLookAt: string | null, lastError: string | null) =>
  summarizerWarning({
    startedAt: ago(60),
    summarizer: { lastLookAt, lastError, isStuck, lagSeconds: 600, setAside: 1 },
  });

it('gives no warning while the detector runs, or where there is none', () => {
  expect(detector(false, ago(1))).toBeNull();
  expect(detector(false, ago(1.9), 'one tick failed')).toBeNull();
  expect(detector(true, null)).toBeNull();
});

it('warns of a detector that is overdue, with the reason', () => {
  expect(detector(true, ago(3))).toMatch(/^The detector has not completed a tick since .+: no alerts are sent\.$/);
  expect(detector(true, ago(30), 'Storage did not answer.')).toMatch(/Storage did not answer\.$/);
  expect(detector(true, null, 'Storage did not answer.')).toMatch(/since Telltale started at/);
});

it('warns of a summarizer that is stuck, in one sentence with the reason', () => {
  expect(summarizer(false, ago(1), 'one tick failed')).toBeNull();
  expect(summarizerWarning({ startedAt: ago(60), summarizer: null })).toBeNull();
  expect(summarizer(true, ago(3), 'Storage did not answer.')).toMatch(
    /^No summaries have been stored since .+: Storage did not answer\.$/,
  );
  expect(summarizer(true, null, null)).toMatch(/see the log\.$/);
});
