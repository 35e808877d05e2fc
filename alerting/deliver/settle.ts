// What a delivery is after an attempt. Pure.
import type { Delivery } from '#contracts/delivery';
import type { Outcome } from './channels/channel.ts';

/** After the tenth attempt, about three hours after the first, a message is given up. */
export const MAX_ATTEMPTS = 10;
/** After this many, about a quarter of an hour, another channel gets it too. */
export const ESCALATE_AFTER = 4;
/** A little less than whole minutes, because a tick may wake a little early. */
const BACKOFF_MS = [1, 2, 4, 8, 16, 30].map((minutes) => minutes * 60_000 - 5_000);

export function settle(delivery: Delivery, outcome: Outcome, nowMs: number): Delivery {
  const attempts = delivery.attempts + 1;
  const tried = { ...delivery, attempts, channelHeldUntilMs: null };
  if (outcome.kind === 'sent') return { ...tried, status: 'sent', sentAtMs: nowMs, lastError: null };
  if (outcome.kind === 'failed') return { ...tried, status: 'failed', lastError: outcome.reason };
  const mayHaveArrived = delivery.mayHaveArrived || outcome.mayHaveArrived;
  if (attempts >= MAX_ATTEMPTS) {
    const lastError = `${outcome.reason} Given up after ${attempts} attempts.`;
    return { ...tried, mayHaveArrived, status: 'failed', lastError };
  }
  const held = outcome.afterMs === null ? null : nowMs + outcome.afterMs;
  const dueAtMs = held ?? nowMs + (BACKOFF_MS[Math.min(attempts, BACKOFF_MS.length) - 1] as number);
  return { ...tried, mayHaveArrived, dueAtMs, channelHeldUntilMs: held, lastError: outcome.reason };
}
