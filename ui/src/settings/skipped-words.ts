// The page of skipped data in sentences: what is happening now, and what happened in the period. Pure.
import type { Skipped } from '#schema/skipped';
import { formatCount, plural } from '../format.ts';

/** The heading: whether anything is refused now, and what was not stored in the period. @param period `7 days` */
export function skippedHeadline({ rejected, refused }: Pick<Skipped, 'rejected' | 'refused'>, period: string): string {
  const now =
    rejected.countNow + refused.countNow === 0
      ? 'Nothing is refused right now'
      : `${plural(rejected.countNow, 'record')} ${rejected.countNow === 1 ? 'was' : 'were'} refused in the last ten minutes`;
  if (rejected.count === 0) return `${now}; in ${period} every record that came was stored`;
  const from = rejected.senders === 0 ? '' : ` from ${plural(rejected.senders, 'sender')}`;
  return `${now}; in ${period} ${plural(rejected.count, 'record')}${from} ${rejected.count === 1 ? 'was' : 'were'} not stored`;
}

/** The sentence below it. */
export function skippedShare({ rejected, received }: Pick<Skipped, 'rejected' | 'received'>): string {
  if (received === null) return 'No collector has left a sign of itself in this time.';
  if (rejected.count === 0) return `${plural(received, 'record')} came.`;
  return `That is ${percent(rejected.count, received)} of ${formatCount(received)} received. Each was refused with a reason that its sender can read; none was dropped after it was acknowledged.`;
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
  model_summaries: 'Summary by a model',
  detector: 'Detector',
  digest: 'Daily digest',
  deliveries: 'Notification',
};
export const queueName = (queue: string): string => (Object.hasOwn(QUEUES, queue) ? (QUEUES[queue] as string) : queue);
