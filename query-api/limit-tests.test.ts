import { expect, it } from 'vitest';
import { TelltaleError } from '#domain/errors';
import { createTestLimit } from './limit-tests.ts';

/** Null when it is taken, else for how long it is not. */
function trying(limit: (channelId: string) => void, channelId: string): number | null {
  try {
    limit(channelId);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(TelltaleError);
    return (error as TelltaleError).retryAfterS;
  }
}

it('five tests a minute of each channel are taken, wherever the minute begins', () => {
  let nowMs = 1_000_000;
  const limit = createTestLimit(() => nowMs);
  for (let i = 0; i < 5; i++) {
    expect(trying(limit, 'a')).toBeNull();
    nowMs += 10_000;
  }
  expect(trying(limit, 'a')).toBe(10);
  expect(trying(limit, 'b')).toBeNull();
  nowMs += 9_999;
  expect(trying(limit, 'a')).toBe(1);
  nowMs += 1;
  expect(trying(limit, 'a')).toBeNull();
  expect(trying(limit, 'a')).toBe(10);
});

it('a clock that steps back locks nobody out', () => {
  let nowMs = 10_000_000;
  const limit = createTestLimit(() => nowMs);
  for (let i = 0; i < 5; i++) limit('a');
  nowMs -= 3_600_000;
  expect(trying(limit, 'a')).toBeNull();
});

it('made-up ids do not fill the memory, and do not free a channel that is in use', () => {
  const limit = createTestLimit(() => 1_000_000);
  for (let i = 0; i < 5; i++) limit('a');
  for (let i = 0; i < 900; i++) limit(`x${i}`);
  expect(trying(limit, 'a')).toBe(60);
});
