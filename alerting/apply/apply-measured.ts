// Turns measurements into incidents: one per rule and subject, by the same states as patterns.
import type { Rule } from '#contracts/rule';
import type { StoredIncident } from '#storage/journal-shapes';
import type { Measured } from '../evaluate/measured.ts';
import { type MeasuredEpisode, stepMeasured } from '../evaluate/step-measured.ts';
import type { IncidentSet } from './incident-set.ts';
import { openMeasured, withMeasured } from './to-incident.ts';

const WORDS = {
  opened: 'It began.',
  reopened: 'It came back soon after its end.',
  recovering: 'Better than before.',
  firing_again: 'Worse again.',
  resolved: 'It is over.',
} as const;

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

export interface ApplyOptions {
  /** Called with a measurement that cannot be applied; the incident set is then as it was before. */
  readonly onFailed: (one: Measured, error: unknown) => void;
  /** Rules besides `rules` that are not switched off. */
  readonly isRule: (ruleId: string) => boolean;
}

/**
 * @param measured in the order of their time
 * @param rules those that are switched on; an incident that no rule covers any more is resolved
 */
export function applyMeasured(
  projectId: string,
  incidentSet: IncidentSet,
  measured: readonly Measured[],
  rules: readonly Rule[],
  nowMs: number,
  { onFailed, isRule }: ApplyOptions,
): void {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  for (const one of measured) {
    const rollBack = incidentSet.mark();
    try {
      applyOne(projectId, incidentSet, one, byId);
    } catch (error) {
      rollBack();
      onFailed(one, error);
    }
  }
  endWithoutRule(incidentSet, (ruleId) => byId.has(ruleId) || isRule(ruleId), nowMs);
}

function applyOne(projectId: string, incidentSet: IncidentSet, one: Measured, byId: ReadonlyMap<string, Rule>): void {
  const before = newestOf(incidentSet, one);
  const { episode, transition } = stepMeasured(before && toMeasuredEpisode(before), one);
  if (episode === null) return;
  const incident = transition?.kind === 'opened' ? openMeasured(projectId, one, byId.get(one.ruleId) ?? null) : before;
  if (incident === null) return;
  const next = withEpisode(
    incident.status === 'resolved' && transition === null ? incident : withMeasured(incident, one),
    episode,
  );
  const memory = transition?.kind === 'reopened' ? { ...next.memory, reopenedAtMs: transition.atMs } : next.memory;
  incidentSet.put({ ...next, memory });
  if (transition !== null) incidentSet.record(next.id, transition.atMs, transition.kind, WORDS[transition.kind]);
}

/** An incident whose rule was switched off or deleted would stay open for ever. */
function endWithoutRule(incidentSet: IncidentSet, isRule: (ruleId: string) => boolean, nowMs: number): void {
  for (const incident of incidentSet.open()) {
    if (incident.fingerprint !== null || incident.kind === 'provider' || isRule(incident.ruleId)) continue;
    incidentSet.put({ ...incident, status: 'resolved', resolvedAt: iso(nowMs) });
    incidentSet.record(incident.id, nowMs, 'resolved', 'Its rule was switched off.');
  }
}

function newestOf(incidentSet: IncidentSet, { ruleId, subject }: Measured): StoredIncident | null {
  const all = incidentSet.all().filter((incident) => incident.ruleId === ruleId && incident.subject === subject);
  return all.sort((a, b) => Date.parse(b.openedAt) - Date.parse(a.openedAt))[0] ?? null;
}

function toMeasuredEpisode(incident: StoredIncident): MeasuredEpisode {
  return {
    openedAtMs: Date.parse(incident.openedAt),
    recoveringAtMs: incident.recoveringAt === null ? null : Date.parse(incident.recoveringAt),
    resolvedAtMs: incident.resolvedAt === null ? null : Date.parse(incident.resolvedAt),
    resolvedByHand: incident.resolvedBy !== null,
    reopened: incident.reopened,
  };
}

function withEpisode(incident: StoredIncident, episode: MeasuredEpisode): StoredIncident {
  return {
    ...incident,
    status: episode.resolvedAtMs !== null ? 'resolved' : episode.recoveringAtMs !== null ? 'recovering' : 'firing',
    recoveringAt: iso(episode.recoveringAtMs),
    resolvedAt: iso(episode.resolvedAtMs),
    reopened: episode.reopened,
  };
}
