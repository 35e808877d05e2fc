// Limits how often a channel may be tested: each click here is a request to someone else's server.
import { LRUCache } from 'lru-cache';
import { TelltaleError } from '#domain/errors';

const MOST = 5;
const WITHIN_MS = 60_000;
/** Ids that no channel has are asked for too; they must not fill the memory. */
const MAX_REMEMBERED = 1000;

/**
 * Counts the tests of each channel, of whichever caller, in the memory of this process.
 * @param now ms since 1970
 * @returns counts one test of this channel; throws TelltaleError `too_many_tests` instead when it was the sixth within
 * a minute
 */
export function createTestLimit(now: () => number): (channelId: string) => void {
  const lately = new LRUCache<string, readonly number[]>({ max: MAX_REMEMBERED });
  return (channelId) => {
    const nowMs = now();
    // A clock that stepped back forgives what it has not come to yet.
    const counted = (lately.get(channelId) ?? []).filter((atMs) => atMs > nowMs - WITHIN_MS && atMs <= nowMs);
    const [oldest = nowMs] = counted;
    if (counted.length >= MOST) {
      const retryAfterS = Math.ceil((oldest + WITHIN_MS - nowMs) / 1000);
      const message = `This channel was tried ${MOST} times within a minute. Try again in ${retryAfterS} s.`;
      throw new TelltaleError('too_many_tests', message, { retryAfterS });
    }
    lately.set(channelId, [...counted, nowMs]);
  };
}
