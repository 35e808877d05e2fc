// The timeline of an incident, newest first: its transitions, notifications and acknowledgement. Pure.
import type { IncidentDetail, Notice } from '#contracts/incident';
import { noticeTitle } from './words.ts';

export interface Moment {
  readonly at: string;
  readonly title: string;
  readonly detail: string | null;
  readonly tone: 'bad' | 'good' | 'person' | 'plain';
}

const STEPS: Readonly<Record<string, readonly [string, Moment['tone']]>> = {
  opened: ['Opened', 'bad'],
  grown: ['Grew', 'bad'],
  spread: ['Spread', 'bad'],
  reminder: ['Still firing, not acknowledged', 'bad'],
  reopened: ['Came back', 'bad'],
  firing_again: ['Firing again', 'bad'],
  recovering: ['Fewer errors', 'good'],
  resolved: ['Resolved', 'good'],
  muted: ['Notifications muted', 'plain'],
  inhibited: ['Notified as part of another incident', 'plain'],
  unreadable: ['Unreadable entry', 'bad'],
};

export function momentsOf(incident: IncidentDetail): Moment[] {
  const { ack, resolvedBy } = incident;
  const moments: Moment[] = [
    { at: incident.firstSeen, title: 'First of the burst', detail: null, tone: 'bad' },
    ...incident.steps.map(({ at, what, words }): Moment => {
      const [title, tone] = STEPS[what] ?? [what, 'plain'];
      const by = what === 'resolved' && resolvedBy !== null ? ` by ${resolvedBy}` : '';
      return { at, title: title + by, detail: words === '' ? null : words, tone };
    }),
    ...incident.notices.map(momentOf),
  ];
  if (!incident.steps.some(({ what }) => what === 'opened')) {
    moments.push({ at: incident.openedAt, title: 'Opened', detail: null, tone: 'bad' });
  }
  if (ack !== null) {
    const detail = ack.note === '' ? null : ack.note;
    moments.push({ at: ack.at, title: `Acknowledged by ${ack.by}`, detail, tone: 'person' });
  }
  if (incident.resolvedAt !== null && !incident.steps.some(({ what }) => what === 'resolved')) {
    const by = resolvedBy === null ? '' : ` by ${resolvedBy}`;
    moments.push({ at: incident.resolvedAt, title: `Resolved${by}`, detail: null, tone: 'good' });
  }
  // Entries of the same moment are sorted newest first as well.
  return moments
    .map((moment, i) => ({ moment, i }))
    .sort((a, b) => (a.moment.at === b.moment.at ? b.i - a.i : a.moment.at < b.moment.at ? 1 : -1))
    .map(({ moment }) => moment);
}

function momentOf(notice: Notice): Moment {
  const { at, sentAt, status, attempts, lastError } = notice;
  const tries = attempts > 1 ? `${attempts} attempts. ` : '';
  const detail = `${tries}${lastError ?? ''}`.trim() || null;
  return {
    at: status === 'sent' ? (sentAt ?? at) : at,
    title: noticeTitle(notice),
    detail,
    tone: status === 'failed' ? 'bad' : 'plain',
  };
}
