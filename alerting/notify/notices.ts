// Decides what is notified of an incident: its opening once, its end once, and between them only significant changes.
// Pure.
import type { StoredIncident } from '#storage/journal-shapes';

const MINUTE_MS = 60_000;
/** Ten times as many errors as at the last notification. */
const GROWTH = 10;
/** Not again sooner than this, whatever grows or spreads. */
const APART_MS = 10 * MINUTE_MS;
const REMIND_AFTER_MS = 6 * 60 * MINUTE_MS;
/** What came back soon after its end is notified only when it lasts. */
const REOPENED_AFTER_MS = 60 * MINUTE_MS;

export interface NoticeInput {
  readonly incident: StoredIncident;
  /** Errors in the newest window. */
  readonly windowCount: number;
  readonly isAcknowledged: boolean;
  /** By a mute or a maintenance window. */
  readonly isSilenced: boolean;
  /** The notification of another incident covers it. */
  readonly isInhibited: boolean;
  readonly nowMs: number;
}

export interface NoticeDecision {
  readonly transition: 'opened' | 'grown' | 'spread' | 'reminder' | 'reopened' | 'resolved' | null;
  /** The incident, with the notification in its memory. */
  readonly incident: StoredIncident;
}

export function decideNotice(input: NoticeInput): NoticeDecision {
  const { incident, nowMs, windowCount } = input;
  const transition = input.isInhibited || input.isSilenced || incident.memory.isQuiet ? null : due(input);
  if (transition === null) return { transition, incident };
  const notified = {
    state: incident.status === 'resolved' ? ('resolved' as const) : ('firing' as const),
    atMs: nowMs,
    count: Math.max(windowCount || incident.peak, 1),
    agents: incident.agents,
    versions: incident.versions,
  };
  const memory = { ...incident.memory, told: notified, notices: incident.memory.notices + 1 };
  return { transition, incident: { ...incident, mutedBy: null, memory } };
}

function due({ incident, windowCount, isAcknowledged, nowMs }: NoticeInput): NoticeDecision['transition'] {
  const { told: last, reopenedAtMs } = incident.memory;
  // Began and ended since the last tick, or was never notified because of a mute: the message shows the current state.
  if (last === null) return incident.status === 'recovering' ? null : 'opened';
  if (incident.status === 'resolved') return last.state === 'firing' ? 'resolved' : null;
  if (isAcknowledged || incident.status !== 'firing') return null;
  if (last.state === 'resolved') return nowMs - (reopenedAtMs ?? nowMs) >= REOPENED_AFTER_MS ? 'reopened' : null;
  if (nowMs - last.atMs < APART_MS) return null;
  if (windowCount >= GROWTH * last.count) return 'grown';
  if (hasMore(last.agents, incident.agents) || hasMore(last.versions, incident.versions)) return 'spread';
  return nowMs - last.atMs >= REMIND_AFTER_MS ? 'reminder' : null;
}

const hasMore = (known: readonly string[], now: readonly string[]) => now.some((name) => !known.includes(name));
