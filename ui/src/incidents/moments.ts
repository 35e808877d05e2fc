// The story of an incident, newest first: what it did, who was told, who looked after it. Pure.
import type { IncidentDetail, Notice } from '#contracts/incident';
import { channelName } from './channel-name.ts';

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
  reminder: ['Still going on, and nobody took it', 'bad'],
  reopened: ['Came back', 'bad'],
  firing_again: ['Firing again', 'bad'],
  recovering: ['Fewer errors', 'good'],
  resolved: ['Resolved', 'good'],
  muted: ['Not told', 'plain'],
  inhibited: ['Told as part of another incident', 'plain'],
  unreadable: ['An entry that cannot be read', 'bad'],
};
const TOLD: Readonly<Record<string, string>> = {
  opened: 'that it opened',
  grown: 'that it grew',
  spread: 'that it spread',
  reminder: 'that it goes on',
  reopened: 'that it came back',
  resolved: 'that it is over',
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
    ...incident.notices.map(told),
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
  // Of the same moment, what came later in the story stands above.
  return moments
    .map((moment, i) => ({ moment, i }))
    .sort((a, b) => (a.moment.at === b.moment.at ? b.i - a.i : a.moment.at < b.moment.at ? 1 : -1))
    .map(({ moment }) => moment);
}

function told({ at, sentAt, transition, channel, status, attempts, lastError }: Notice): Moment {
  const to = channelName(channel);
  const what = TOLD[transition] ?? 'of it';
  const tries = attempts > 1 ? `${attempts} attempts. ` : '';
  const detail = `${tries}${lastError ?? ''}`.trim() || null;
  if (status === 'sent') return { at: sentAt ?? at, title: `Told on ${to} ${what}`, detail, tone: 'plain' };
  if (status === 'owed') return { at, title: `To be told on ${to} ${what}`, detail, tone: 'plain' };
  if (status === 'dropped') return { at, title: `Not told on ${to} ${what}`, detail, tone: 'plain' };
  return { at, title: `Could not be told on ${to} ${what}`, detail, tone: 'bad' };
}
