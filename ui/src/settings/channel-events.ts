// What channels took and did not take, in words. Pure.
import type { ChannelEvent } from '#contracts/channel-view';
import { hrefOf as addressOf } from '../route.ts';

const ALERT: Readonly<Record<string, string>> = {
  opened: 'alert',
  grown: 'alert: it grew',
  spread: 'alert: it spread',
  reminder: 'reminder',
  reopened: 'alert: it came back',
  resolved: 'end',
};

/** `alert`, `end`, `digest of 2026-11-20`, `notice`. */
export function aboutOf({ subject, transition }: ChannelEvent): string {
  const [kind, date = ''] = subject.split(':');
  if (kind === 'digest') return `digest of ${date}`;
  return kind === 'incident' ? (ALERT[transition] ?? transition) : 'notice';
}

/** Where more of it is shown; null when nowhere. */
export function hrefOf({ subject }: ChannelEvent): string | null {
  const [kind, id = ''] = subject.split(':');
  if (kind === 'digest') return addressOf({ page: 'digest', date: id });
  return kind === 'incident' ? addressOf({ page: 'incident', id }) : null;
}

/** Whether it did not arrive yet, or never will. */
export const isFailure = ({ status }: ChannelEvent): boolean => status === 'owed' || status === 'failed';

/** `2 attempts, will be tried again. Slack answered 500.`; '' when there is nothing to say. */
export function detailOf({ status, attempts, lastError }: ChannelEvent): string {
  const tries = attempts > 1 ? `${attempts} attempts` : '';
  const next = status === 'owed' ? 'will be tried again' : status === 'failed' ? 'given up' : '';
  const first = [tries, next].filter((part) => part !== '').join(', ');
  return [first === '' ? '' : `${first}.`, lastError ?? ''].filter((part) => part !== '').join(' ');
}
