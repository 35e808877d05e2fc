// Limits the rate of messages on a channel, so that a storm is a few messages and not hundreds. Pure.
import type { Delivery } from '#contracts/delivery';

const MINUTE_MS = 60_000;
/** At most so many messages ... */
const MOST = 3;
/** ... in so much time. */
export const WITHIN_MS = 10 * MINUTE_MS;
/** After a message about many incidents the next ones gather for a while. */
const MANY = 4;
const GATHER_MS = 5 * MINUTE_MS;

/** When the next message may go out on the channel, ms since 1970; 0 = now. `sent` is what went out on it lately. */
export function nextMessageAtMs(sent: readonly Delivery[]): number {
  const messages = new Map<string, { atMs: number; parts: number }>();
  for (const { messageId, idem, sentAtMs } of sent) {
    if (sentAtMs === null) continue;
    const id = messageId ?? idem;
    messages.set(id, { atMs: sentAtMs, parts: (messages.get(id)?.parts ?? 0) + 1 });
  }
  const byTime = [...messages.values()].sort((a, b) => b.atMs - a.atMs);
  const [newest] = byTime;
  const gather = newest !== undefined && newest.parts >= MANY ? newest.atMs + GATHER_MS : 0;
  const oldest = byTime[MOST - 1];
  return Math.max(gather, oldest === undefined ? 0 : oldest.atMs + WITHIN_MS);
}
