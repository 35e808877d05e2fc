// What the answers of an HTTP receiver mean for a message, and what no answer means.
import { OutboundError } from '../../outbound/fetch.ts';
import { BLOCKED } from '../../outbound/guard.ts';
import type { Outcome } from './channel.ts';

const DEFAULT_REST_MS = 60_000;
const LONGEST_REST_MS = 3_600_000;

/** @param receiver for people: "Slack" */
export function noAnswer(receiver: string, cause: unknown): Outcome {
  const code = cause instanceof OutboundError && /^[A-Z0-9_]{1,50}$/.test(cause.code) ? cause.code : 'network error';
  if (code === BLOCKED) {
    const reason = `${receiver}: the address is not on the public internet. Enter another, or allow it with TELLTALE_OUTBOUND_ALLOW.`;
    return { kind: 'failed', disables: true, reason };
  }
  return {
    kind: 'retry',
    afterMs: null,
    mayHaveArrived: cause instanceof OutboundError && cause.mayHaveArrived,
    reason: `${receiver} did not answer (${code}).`,
  };
}

/** Whether, and after which rest, an answer of this status is worth another try; null when it is not. */
export function retryOf(
  status: number,
  retryAfter: string | null,
  nowMs: number,
): { readonly afterMs: number | null; readonly mayHaveArrived: boolean } | null {
  if (status === 429) return { afterMs: restMs(retryAfter, nowMs) ?? DEFAULT_REST_MS, mayHaveArrived: false };
  if (status === 503) return { afterMs: restMs(retryAfter, nowMs), mayHaveArrived: false };
  // It may have been taken before the receiver stumbled.
  if (status >= 500 || status === 408) return { afterMs: restMs(retryAfter, nowMs), mayHaveArrived: true };
  return null;
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). Never more than an hour. */
function restMs(retryAfter: string | null, nowMs: number): number | null {
  if (retryAfter === null || retryAfter.trim() === '') return null;
  const seconds = Number(retryAfter);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - nowMs;
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, LONGEST_REST_MS) : null;
}
