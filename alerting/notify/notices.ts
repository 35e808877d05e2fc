// Decides what is told about an incident: its opening once, its end once, and between them only what changes the
// picture. Pure.
import type { StoredIncident } from '#storage/journal-shapes';

const MINUTE_MS = 60_000;
/** Ten times as many errors as when it was told last. */
const GROWTH = 10;
/** Not again sooner than this, whatever grows or spreads. */
const APART_MS = 10 * MINUTE_MS;
const REMIND_AFTER_MS = 6 * 60 * MINUTE_MS;
/** What came back soon after its end is told only when it stays. */
const REOPENED_AFTER_MS = 60 * MINUTE_MS;

export interface NoticeInput {
  readonly incident: StoredIncident;
  /** Errors in the newest window. */
  readonly windowCount: number;
  readonly isAcknowledged: boolean;
  /** By a mute or a maintenance window. */
  readonly isSilenced: boolean;
  /** Another incident tells of it. */
  readonly isInhibited: boolean;
  readonly nowMs: number;
}

export interface NoticeDecision {
  readonly transition: 'opened' | 'grown' | 'spread' | 'reminder' | 'reopened' | 'resolved' | null;
  /** The incident, remembering what was told. */
  readonly incident: StoredIncident;
}

export function decideNotice(input: NoticeInput): NoticeDecision {
  const { incident, nowMs, windowCount } = input;
  const transition = input.isInhibited || input.isSilenced || incident.memory.isQuiet ? null : due(input);
  if (transition === null) return { transition, incident };
  const told = {
    state: incident.status === 'resolved' ? ('resolved' as const) : ('firing' as const),
    atMs: nowMs,
    count: Math.max(windowCount || incident.peak, 1),
    agents: incident.agents,
    versions: incident.versions,
  };
  const memory = { ...incident.memory, told, notices: incident.memory.notices + 1 };
  return { transition, incident: { ...incident, mutedBy: null, memory } };
}

function due({ incident, windowCount, isAcknowledged, nowMs }: NoticeInput): NoticeDecision['transition'] {
  const { told, reopenedAtMs } = incident.memory;
  // Began and ended since the last tick, or was never told because of a mute: the message says how it stands.
  if (told === null) return incident.status === 'recovering' ? null : 'opened';
  if (incident.status === 'resolved') return told.state === 'firing' ? 'resolved' : null;
  if (isAcknowledged || incident.status !== 'firing') return null;
  if (told.state === 'resolved') return nowMs - (reopenedAtMs ?? nowMs) >= REOPENED_AFTER_MS ? 'reopened' : null;
  if (nowMs - told.atMs < APART_MS) return null;
  if (windowCount >= GROWTH * told.count) return 'grown';
  if (hasMore(told.agents, incident.agents) || hasMore(told.versions, incident.versions)) return 'spread';
  return nowMs - told.atMs >= REMIND_AFTER_MS ? 'reminder' : null;
}

const hasMore = (known: readonly string[], now: readonly string[]) => now.some((name) => !known.includes(name));
