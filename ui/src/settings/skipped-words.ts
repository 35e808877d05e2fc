// The sentences of the page of skipped data: what is refused now, and what was not stored in the time range. Pure.
import type { Skipped } from '#contracts/skipped';
import { formatCount, plural } from '../format.ts';

/** The heading: whether anything is refused now, and what was not stored in the period. @param period `7 days` */
export function skippedHeadline({ rejected, refused }: Pick<Skipped, 'rejected' | 'refused'>, period: string): string {
  if (rejected.count === 0) {
    const all = refused.count === 0 ? 'every record received was stored' : 'every record that was read was stored';
    return `${nowWords(rejected.countNow, refused.countNow)}; in ${period} ${all}`;
  }
  const from = rejected.senders === 0 ? '' : ` from ${plural(rejected.senders, 'sender')}`;
  const were = rejected.count === 1 ? 'was' : 'were';
  return `${nowWords(rejected.countNow, refused.countNow)}; in ${period} ${plural(rejected.count, 'record')}${from} ${were} not stored`;
}

function nowWords(records: number, requests: number): string {
  if (records + requests === 0) return 'Nothing is refused right now';
  const what = records === 0 ? plural(requests, 'request') : plural(records, 'record');
  return `${what} ${(records || requests) === 1 ? 'was' : 'were'} refused in the last ten minutes`;
}

/** The sentence below it. */
export function skippedShare({
  rejected,
  received,
  quarantine,
}: Pick<Skipped, 'rejected' | 'received' | 'quarantine'>): string {
  const isLost = quarantine?.rows.some((entry) => entry.isLost) ?? false;
  if (received === null) return 'No collector has reported in this time range.';
  if (rejected.count === 0) return `${plural(received, 'record')} received.`;
  return `That is ${percent(rejected.count, received)} of ${formatCount(received)} received. Each was refused with a reason that its sender can read${isLost ? '' : '; none was dropped after it was acknowledged'}.`;
}

/** `0.18%`, `100%`, `under 0.01%`. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '100%';
  const share = Math.min(100, (part / whole) * 100);
  if (share > 0 && share < 0.01) return 'under 0.01%';
  return `${share >= 10 ? Math.round(share) : Number(share.toPrecision(2))}%`;
}

/** Names of the queues that set something aside. */
const QUEUES: Readonly<Record<string, string>> = {
  summaries: 'Summary',
  model_summaries: 'LLM summary',
  detector: 'Detector',
  digest: 'Daily digest',
  deliveries: 'Notification',
};
export const queueName = (queue: string): string => (Object.hasOwn(QUEUES, queue) ? (QUEUES[queue] as string) : queue);
