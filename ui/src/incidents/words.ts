// What is said of an incident in a line. Pure.
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

/** "12 errors in 9 runs within 30 min", or what was measured. */
export function extentOf({ evidence, count, traces, windowMinutes }: Incident): string {
  if (evidence !== null && evidence.unit !== 'errors') return evidence.words;
  const runs = traces > 0 ? ` in ${plural(traces, 'run')}` : '';
  return `${plural(count, 'error')}${runs} within ${windowMinutes} min`;
}

/** How the last of its messages went. */
export function toldOf(notice: Notice | undefined): string {
  if (notice === undefined) return 'not told';
  const to = channelName(notice.channel);
  if (notice.status === 'sent') return `told on ${to}`;
  if (notice.status === 'dropped') return 'not told';
  const tries = notice.attempts > 0 ? `, tried ${plural(notice.attempts, 'time')}` : '';
  if (notice.status === 'owed') return `to be told on ${to}${tries}`;
  return `could not be told on ${to} after ${plural(notice.attempts, 'attempt')}`;
}

/** How long it went on, or goes on. @param nowMs ms since 1970 */
export function lastedOf({ openedAt, resolvedAt }: Incident, nowMs: number): string {
  const endMs = resolvedAt === null ? nowMs : Date.parse(resolvedAt);
  return formatDuration(Math.max(0, Math.round((endMs - Date.parse(openedAt)) / 1000) * 1000));
}
