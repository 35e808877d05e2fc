import { expect, it } from 'vitest';
import { detectorWarning } from './detector-health.ts';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const warning = (lastTickAt: string | null, lastError: string | null = null) =>
  detectorWarning({ startedAt: ago(60), detector: { lastTickAt, lastError, isOverdue: false, standbyFor: null } }, NOW);

it('says nothing while the detector looks, or where there is none', () => {
  expect(warning(ago(1))).toBeNull();
  expect(warning(ago(4.9), 'one look failed')).toBeNull();
  expect(warning(null)).toBeNull();
});

it('warns after five minutes without a look, with the reason', () => {
  expect(warning(ago(5))).toMatch(/^The detector has not finished a look since .+: nothing is told\.$/);
  expect(warning(ago(30), 'Storage did not answer.')).toMatch(/Storage did not answer\.$/);
  expect(warning(null, 'Storage did not answer.')).toMatch(/since Telltale started at/);
});
