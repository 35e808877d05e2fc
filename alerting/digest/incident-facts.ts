// The seam between the digest and the detector: what a digest needs of the incidents that the journal keeps.
import type { Incident } from '#contracts/incident';
import type { Period } from '#domain/local-time';
import type { IncidentFacts } from './day-facts.ts';

/**
 * Incidents that were open at the end of the period or later (up to `asOfMs`), and those that ended in it. One that
 * opened in the period and ended after it counts as ended.
 * @param asOfMs the time whose state is reported, ms since 1970
 */
export function incidentsOf(incidents: readonly Incident[], period: Period, asOfMs: number): IncidentFacts[] {
  return incidents.map(toFacts).flatMap((facts): IncidentFacts[] => {
    const { openedAtMs, resolvedAtMs } = facts;
    if (openedAtMs > asOfMs) return [];
    if (resolvedAtMs === null || resolvedAtMs > asOfMs) return [{ ...facts, isOpen: true }];
    const within = (ms: number) => ms >= period.fromMs && ms < period.toMs;
    return within(resolvedAtMs) || within(openedAtMs) ? [{ ...facts, isOpen: false }] : [];
  });
}

function toFacts(incident: Incident): IncidentFacts {
  const { id, title, agent, message, count, traces, fingerprint, evidence, notices, mutedBy, parentId } = incident;
  return {
    id,
    title,
    isOpen: incident.resolvedAt === null,
    // Measured incidents are described in words; only errors are counted.
    count: evidence === null || fingerprint !== null ? count : 0,
    runs: traces,
    fingerprint,
    agent: agent || incident.agents.slice(0, 3).join(', '),
    openedAtMs: Math.min(Date.parse(incident.openedAt), Date.parse(incident.firstSeen)),
    resolvedAtMs: incident.resolvedAt === null ? null : Date.parse(incident.resolvedAt),
    resolvedBy: incident.resolvedBy,
    ackBy: incident.ack?.by ?? null,
    messageCount: new Set(
      notices.filter(({ status }) => status === 'sent').map(({ at, channel }) => `${at} ${channel}`),
    ).size,
    words: evidence?.words ?? message,
    // One that its parent incident reports is silent as well.
    isMuted: mutedBy !== null || parentId !== null,
  };
}
