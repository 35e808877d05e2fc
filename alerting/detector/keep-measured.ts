// Turns measurements into incidents: one per rule and subject, by the same states as patterns.
import type { Rule } from '#schema/rule';
import type { StoredIncident } from '#storage/journal-shapes';
import type { Book } from './book.ts';
import type { Measured } from './measured.ts';
import { type MeasuredEpisode, stepMeasured } from './step-measured.ts';
import { openMeasured, withMeasured } from './to-incident.ts';

const WORDS = {
  opened: 'It began.',
  reopened: 'It came back soon after its end.',
  recovering: 'Better than before.',
  firing_again: 'Worse again.',
  resolved: 'It is over.',
} as const;

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/**
 * @param measured in the order of their time
 * @param rules those that are switched on; what no rule looks at any more ends
 */
export function keepMeasured(
  projectId: string,
  book: Book,
  measured: readonly Measured[],
  rules: readonly Rule[],
  nowMs: number,
): void {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  for (const one of measured) {
    const before = newestOf(book, one);
    const { episode, transition } = stepMeasured(before && toMeasuredEpisode(before), one);
    if (episode === null) continue;
    const incident =
      transition?.kind === 'opened' ? openMeasured(projectId, one, byId.get(one.ruleId) ?? null) : before;
    if (incident === null) continue;
    const next = withEpisode(
      incident.status === 'resolved' && transition === null ? incident : withMeasured(incident, one),
      episode,
    );
    const memory = transition?.kind === 'reopened' ? { ...next.memory, reopenedAtMs: transition.atMs } : next.memory;
    book.put({ ...next, memory });
    if (transition !== null) book.tell(next.id, transition.atMs, transition.kind, WORDS[transition.kind]);
  }
  endWithoutRule(book, byId, nowMs);
}

/** An incident whose rule was switched off or deleted would stay open for ever. */
function endWithoutRule(book: Book, byId: ReadonlyMap<string, Rule>, nowMs: number): void {
  for (const incident of book.open()) {
    if (incident.fingerprint !== null || incident.kind === 'provider' || byId.has(incident.ruleId)) continue;
    book.put({ ...incident, status: 'resolved', resolvedAt: iso(nowMs) });
    book.tell(incident.id, nowMs, 'resolved', 'Its rule was switched off.');
  }
}

function newestOf(book: Book, { ruleId, subject }: Measured): StoredIncident | null {
  const all = book.all().filter((incident) => incident.ruleId === ruleId && incident.subject === subject);
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
