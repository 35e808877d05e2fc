// The incidents of a pattern as a timeline, newest first. Pure.
import type { Incident } from '#contracts/incident';
import { plural } from '../format.ts';
import { noticeTitle } from '../incidents/words.ts';

export interface Moment {
  readonly key: string;
  readonly at: string;
  readonly title: string;
  readonly detail: string | null;
  readonly tone: 'bad' | 'good' | 'person' | 'plain';
}

export function momentsOf(incident: Incident): Moment[] {
  const { id, ack } = incident;
  const count = plural(incident.count, 'error');
  const moments: Moment[] = [
    { key: `${id} first`, at: incident.firstSeen, title: 'First of the burst', detail: null, tone: 'bad' },
    {
      key: `${id} opened`,
      at: incident.openedAt,
      title: 'Opened',
      detail: `${plural(incident.traces, 'run')} by then`,
      tone: 'bad',
    },
  ];
  for (const [i, notice] of incident.notices.entries()) {
    const tries = notice.attempts > 1 ? `${notice.attempts} attempts` : null;
    moments.push({
      key: `${id} notice ${i}`,
      at: notice.sentAt ?? notice.at,
      title: noticeTitle(notice),
      detail: notice.lastError ?? tries,
      tone: notice.status === 'failed' ? 'bad' : 'plain',
    });
  }
  if (ack !== null) {
    moments.push({
      key: `${id} ack`,
      at: ack.at,
      title: `Acknowledged by ${ack.by}`,
      detail: ack.note || null,
      tone: 'person',
    });
  }
  if (incident.status === 'firing') {
    moments.push({
      key: `${id} now`,
      at: incident.lastSeen,
      title: `Still firing, ${count}`,
      detail: null,
      tone: 'bad',
    });
  }
  if (incident.recoveringAt !== null && incident.status === 'recovering') {
    moments.push({ key: `${id} low`, at: incident.recoveringAt, title: 'Recovering', detail: null, tone: 'good' });
  }
  if (incident.resolvedAt !== null) {
    const by = incident.resolvedBy === null ? '' : ` by ${incident.resolvedBy}`;
    moments.push({ key: `${id} end`, at: incident.resolvedAt, title: `Resolved${by}`, detail: null, tone: 'good' });
  }
  return moments.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}
