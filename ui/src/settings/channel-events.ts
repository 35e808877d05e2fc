// Deliveries of channels in words: what was sent and what failed. Pure.
import type { ChannelEvent } from '#contracts/channel-view';
import { hrefOf as addressOf } from '../route.ts';

const ALERT: Readonly<Record<string, string>> = {
  opened: 'alert',
  grown: 'alert: it grew',
  spread: 'alert: it spread',
  reminder: 'reminder',
  reopened: 'alert: it came back',
  resolved: 'resolved',
};

/** `alert`, `resolved`, `digest of 2026-11-20`, `notice`. */
export function aboutOf({ subject, transition }: ChannelEvent): string {
  const [kind, date = ''] = subject.split(':');
  if (kind === 'digest') return `digest of ${date}`;
  return kind === 'incident' ? (ALERT[transition] ?? transition) : 'notice';
}

/** The page that shows more of it; null when there is none. */
export function hrefOf({ subject }: ChannelEvent): string | null {
  const [kind, id = ''] = subject.split(':');
  if (kind === 'digest') return addressOf({ page: 'digest', date: id });
  return kind === 'incident' ? addressOf({ page: 'incident', id }) : null;
}

/** Whether it is still pending or has failed for good. */
export const isFailure = ({ status }: ChannelEvent): boolean => status === 'owed' || status === 'failed';

/** `2 attempts, will be retried. Slack answered 500.`; '' when there is nothing to say. */
export function detailOf({ status, attempts, lastError }: ChannelEvent): string {
  const tries = attempts > 1 ? `${attempts} attempts` : '';
  const next = status === 'owed' ? 'will be retried' : status === 'failed' ? 'given up' : '';
  const first = [tries, next].filter((part) => part !== '').join(', ');
  return [first === '' ? '' : `${first}.`, lastError ?? ''].filter((part) => part !== '').join(' ');
}
