// Why no run has appeared yet, read from the collector's own counters.
import type { Status } from '#contracts/status';
import { formatClock, plural } from '../format.ts';

export interface Reason {
  /** listening: nothing is wrong yet; trouble: there is something to fix. */
  readonly state: 'listening' | 'trouble';
  readonly text: string;
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** `0 requests, 0 spans, 0 rejected`. */
export function countersOf(status: Status): string {
  const rejected = sum(status.spans.rejected);
  return `${plural(status.requests.received, 'request')}, ${plural(status.spans.received, 'span')}, ${plural(rejected, 'span')} rejected`;
}

/**
 * @param status the reply of the status endpoint
 * @param waitedMs how long the reader has been waiting
 */
export function whyNothing(status: Status, waitedMs: number): Reason {
  const { requests, spans, lastRefusal } = status;
  const refused = Object.entries(requests.answered).filter(([code]) => Number(code) >= 400);
  if (lastRefusal !== null && spans.inserted === 0) {
    const at = formatClock(lastRefusal.at);
    return {
      state: 'trouble',
      text: `The request at ${at} was refused with HTTP ${lastRefusal.status}: ${lastRefusal.message}`,
    };
  }
  const reasons = Object.entries(spans.rejected).filter(([, count]) => count > 0);
  if (reasons.length > 0 && spans.inserted === 0) {
    const list = reasons.map(([reason, count]) => `${plural(count, 'span')} for ${reason}`).join(', ');
    return { state: 'trouble', text: `Spans arrived and were rejected: ${list}.` };
  }
  if (refused.length > 0 && spans.received === 0) {
    const list = refused.map(([code, count]) => `HTTP ${code} × ${count}`).join(', ');
    return {
      state: 'trouble',
      text: `Requests arrived and were refused (${list}). See the log of Telltale for the reason.`,
    };
  }
  if (spans.inserted > 0) return { state: 'listening', text: 'Spans are stored; their run appears within a second.' };
  if (spans.received > 0) return { state: 'listening', text: 'Spans have arrived and are being stored.' };
  if (requests.received > 0) {
    return {
      state: 'trouble',
      text: 'Requests arrived without any spans. Check that the agent ends its spans before it sends.',
    };
  }
  if (waitedMs < 20_000) return { state: 'listening', text: 'No request has arrived yet.' };
  return {
    state: 'trouble',
    text: 'No request has arrived yet. Check the endpoint and its port, and that the agent flushes before it exits (a short script can end before its spans are sent).',
  };
}
