// An incident in one line of text. Pure.
import type { Incident, IncidentKind, Notice } from '#contracts/incident';
import { formatDuration, plural } from '../format.ts';
import { channelName } from './channel-name.ts';

const KINDS: Readonly<Record<IncidentKind, string>> = {
  pattern: 'similar errors',
  loop: 'loop in one run',
  new_pattern: 'new error',
  regression: 'came back',
  provider: 'provider failing',
  error_share: 'failing runs',
  low_confidence: 'low confidence',
  escalation_rate: 'escalations',
  stalled_runs: 'stalled runs',
  schema_drift: 'schema changed',
  cost: 'cost',
  latency: 'latency',
  dead_letters: 'dead letters',
  circuit_open: 'circuit open',
  detector: 'Telltale itself',
};
export const kindName = (kind: IncidentKind): string => KINDS[kind];

/** "12 errors in 9 runs within 30 min", or what was measured, without a full stop. */
export function extentOf({ evidence, count, traces, windowMinutes }: Incident): string {
  if (evidence !== null && evidence.unit !== 'errors') return evidence.words.replace(/\.$/, '');
  const runs = traces > 0 ? ` in ${plural(traces, 'run')}` : '';
  return `${plural(count, 'error')}${runs} within ${windowMinutes} min`;
}

const TRANSITIONS: Readonly<Record<string, string>> = {
  opened: 'it opened',
  grown: 'it grew',
  spread: 'it spread',
  reminder: 'it is still firing',
  reopened: 'it came back',
  resolved: 'it is resolved',
};

/** The heading of a notification in a timeline: `Notification sent to Slack: it opened`. */
export function noticeTitle({ transition, channel, status }: Notice): string {
  const to = channelName(channel);
  const about = TRANSITIONS[transition] ?? transition;
  if (status === 'sent') return `Notification sent to ${to}: ${about}`;
  if (status === 'owed') return `Notification to ${to} pending: ${about}`;
  if (status === 'dropped') return `Notification to ${to} not sent: ${about}`;
  return `Notification to ${to} failed: ${about}`;
}

/** What became of its last notification. */
export function lastNotice(notice: Notice | undefined): string {
  if (notice === undefined) return 'no notification';
  const to = channelName(notice.channel);
  if (notice.status === 'sent') return `notification sent to ${to}`;
  if (notice.status === 'dropped') return 'notification not sent';
  const tries = notice.attempts > 0 ? `, tried ${plural(notice.attempts, 'time')}` : '';
  if (notice.status === 'owed') return `notification to ${to} pending${tries}`;
  return `notification to ${to} failed after ${plural(notice.attempts, 'attempt')}`;
}

/** How long it lasted, or has lasted so far. @param nowMs ms since 1970 */
export function lastedOf({ openedAt, resolvedAt }: Incident, nowMs: number): string {
  const endMs = resolvedAt === null ? nowMs : Date.parse(resolvedAt);
  return formatDuration(Math.max(0, Math.round((endMs - Date.parse(openedAt)) / 1000) * 1000));
}
