// The newest episode of a pattern, from its incident or from what a user entered on its page.
import type { StoredIncident } from '#storage/journal-shapes';
import type { Episode } from './evaluate.ts';

/** A user marked a pattern as solved. */
export interface Solved {
  readonly atMs: number;
  /** Those that had failed so up to then. */
  readonly versions: readonly string[];
}

/**
 * How the pattern last ended, or how it goes on, and the versions that had failed so.
 * @param nowMs what was said later does not count: a rule may be tried on the past
 */
export function lastOf(before: StoredIncident | null, solved: Solved | undefined, nowMs: number) {
  const ofIncident = { episode: before && toEpisode(before), versions: before?.versions ?? [] };
  if (solved === undefined || solved.atMs > nowMs || (before !== null && before.status !== 'resolved'))
    return ofIncident;
  if (Date.parse(before?.resolvedAt ?? '') >= solved.atMs) return ofIncident;
  return { episode: solvedEpisode(solved.atMs), versions: [...new Set([...ofIncident.versions, ...solved.versions])] };
}

/** A user marked a pattern as solved that had no incident, or none since: only the time counts. */
function solvedEpisode(atMs: number): Episode {
  return {
    kind: 'pattern',
    firstErrorAtMs: atMs,
    openedAtMs: atMs,
    heldSinceMs: atMs,
    recoveringAtMs: null,
    resolvedAtMs: atMs,
    resolvedByHand: true,
    lastErrorAtMs: atMs,
    limit: 1,
    count: 0,
    baseline: null,
    reopened: 0,
  };
}

/** The episode of an incident. */
function toEpisode(incident: StoredIncident): Episode {
  const { kind, reopened, evidence } = incident;
  return {
    kind,
    firstErrorAtMs: Date.parse(incident.firstSeen),
    openedAtMs: Date.parse(incident.openedAt),
    heldSinceMs: incident.memory.reopenedAtMs ?? Date.parse(incident.openedAt),
    recoveringAtMs: incident.recoveringAt === null ? null : Date.parse(incident.recoveringAt),
    resolvedAtMs: incident.resolvedAt === null ? null : Date.parse(incident.resolvedAt),
    resolvedByHand: incident.resolvedBy !== null,
    lastErrorAtMs: Date.parse(incident.lastSeen),
    limit: evidence?.limit ?? 10,
    count: evidence?.value ?? incident.count,
    baseline: evidence?.baseline ?? null,
    reopened,
  };
}
