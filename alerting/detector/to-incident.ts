// What an episode becomes when it is kept and told: an incident with a stable id.
import { createHash } from 'node:crypto';
import type { StoredIncident } from '#storage/journal-shapes';
import type { ErrorGroup } from '#storage/read-errors';
import type { Episode } from './evaluate.ts';
import type { Rule } from './rule.ts';

const iso = (ms: number) => new Date(ms).toISOString();

/** The same episode has the same id, however often it is found. */
export function incidentId(projectId: string, { fingerprint, openedAtMs }: Episode): string {
  return createHash('sha256')
    .update(JSON.stringify([projectId, fingerprint, openedAtMs]))
    .digest('hex')
    .slice(0, 16);
}

/** A new incident. `group` is what the errors in the window that began with the first one have in common. */
export function openIncident(projectId: string, rule: Rule, episode: Episode, group: ErrorGroup): StoredIncident {
  return {
    id: incidentId(projectId, episode),
    projectId,
    kind: 'pattern',
    ruleId: 'similar-errors',
    ruleName: 'Similar errors',
    title: `${group.errorType} in ${group.step}`,
    status: 'firing',
    subject: episode.fingerprint,
    fingerprint: episode.fingerprint,
    agent: group.agent,
    step: group.step,
    errorType: group.errorType,
    message: group.message,
    count: group.count,
    peak: group.count,
    traces: group.exampleTraceIds.length,
    late: 0,
    skewed: 0,
    agents: [group.agent],
    versions: [],
    tools: [],
    models: [],
    windowMinutes: Math.round(rule.windowMs / 60_000),
    firstSeen: iso(episode.firstErrorAtMs),
    lastSeen: iso(group.lastMs),
    openedAt: iso(episode.openedAtMs),
    recoveringAt: null,
    resolvedAt: null,
    resolvedBy: null,
    reopened: 0,
    exampleTraceIds: group.exampleTraceIds,
    evidence: null,
    parentId: null,
    childIds: [],
    mutedBy: null,
  };
}

export function resolveIncident(incident: StoredIncident, episode: Episode): StoredIncident {
  const lastSeenMs = Math.max(Date.parse(incident.lastSeen), episode.lastErrorAtMs);
  const resolvedAt = episode.resolvedAtMs === null ? null : iso(episode.resolvedAtMs);
  return { ...incident, status: 'resolved', resolvedAt, lastSeen: iso(lastSeenMs) };
}

/** The episode that an incident tells of. */
export function toEpisode(incident: StoredIncident): Episode {
  return {
    fingerprint: incident.subject,
    firstErrorAtMs: Date.parse(incident.firstSeen),
    openedAtMs: Date.parse(incident.openedAt),
    resolvedAtMs: incident.resolvedAt === null ? null : Date.parse(incident.resolvedAt),
    lastErrorAtMs: Date.parse(incident.lastSeen),
  };
}
