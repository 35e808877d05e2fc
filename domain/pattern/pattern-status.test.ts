import { describe, expect, it } from 'vitest';
import { isNewerVersion, type PatternFacts, patternStatus } from './pattern-status.ts';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;
const facts: PatternFacts = {
  firstEverMs: NOW - 100 * HOUR,
  lastEverMs: NOW - HOUR,
  seen: [{ version: '1.2.0', firstMs: NOW - 100 * HOUR, lastMs: NOW - HOUR }],
  resolved: null,
  isMuted: false,
  incidents: [],
};
const status = (over: Partial<PatternFacts> = {}) => patternStatus({ ...facts, ...over }, NOW);
const resolvedAgo = (hours: number) => ({ atMs: NOW - hours * HOUR, versions: ['1.2.0'] });

describe('the status of a pattern', () => {
  it('is new for a day, then ongoing', () => {
    expect(status({ firstEverMs: NOW - 24 * HOUR + 1 })).toBe('new');
    expect(status({ firstEverMs: NOW - 24 * HOUR })).toBe('ongoing');
  });

  it('is resolved when someone said so, also with a few stragglers of the same version', () => {
    expect(status({ resolved: resolvedAgo(0) })).toBe('resolved');
    expect(status({ resolved: resolvedAgo(20), lastEverMs: NOW })).toBe('resolved');
  });

  it('is regressed when it comes again a day after that', () => {
    expect(status({ resolved: resolvedAgo(24), lastEverMs: NOW - 1 })).toBe('resolved');
    expect(status({ resolved: resolvedAgo(24), lastEverMs: NOW })).toBe('regressed');
  });

  it('is regressed at once when a newer version fails', () => {
    const seen = [{ version: '1.10.0', firstMs: NOW - HOUR, lastMs: NOW - HOUR }];
    expect(status({ resolved: resolvedAgo(2), seen })).toBe('regressed');
    expect(status({ resolved: resolvedAgo(2), seen: [{ ...seen[0], version: '1.1.9' } as never] })).toBe('resolved');
    expect(status({ resolved: resolvedAgo(2), seen: [{ ...seen[0], version: '' } as never] })).toBe('resolved');
  });

  it('is muted unless it is solved', () => {
    expect(status({ isMuted: true })).toBe('muted');
    expect(status({ isMuted: true, resolved: resolvedAgo(1) })).toBe('resolved');
    expect(status({ isMuted: true, resolved: resolvedAgo(30), lastEverMs: NOW })).toBe('muted');
  });

  it('goes by its newest incident: over and quiet is resolved, a regression that lasts is regressed', () => {
    const over = { status: 'resolved', kind: 'pattern', resolvedAtMs: NOW - HOUR };
    expect(status({ incidents: [over] })).toBe('resolved');
    expect(status({ incidents: [over], lastEverMs: NOW })).toBe('ongoing');
    expect(status({ incidents: [{ status: 'firing', kind: 'regression', resolvedAtMs: null }, over] })).toBe(
      'regressed',
    );
  });
});

it.each([
  ['1.10.0', ['1.9.3', '1.2'], true],
  ['1.9.3', ['1.10.0'], false],
  ['v2', ['1.99'], true],
  ['2.0.0-rc.1', ['1.9.9'], true],
  ['2.0.0-rc.1', ['2.0.0'], false],
  ['abc1234', ['1.0'], true],
  ['1.0', ['abc1234'], true],
  ['1.0', ['1.0'], false],
  ['', ['1.0'], false],
  ['1.0', [], true],
])('version %s is newer than %j: %s', (version, known, newer) => {
  expect(isNewerVersion(version, known)).toBe(newer);
});
