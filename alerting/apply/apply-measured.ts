// Turns measurements into incidents: one per rule and subject, by the same states as patterns.
import type { Rule } from '#contracts/rule';
import type { StoredIncident } from '#storage/journal-shapes';
import type { Measured } from '../evaluate/measured.ts';
import { type MeasuredEpisode, stepMeasured } from '../evaluate/step-measured.ts';
import type { Book } from './incident-set.ts';
import { openMeasured, withMeasured } from './to-incident.ts';

const WORDS = {
  opened: 'It began.',
  reopened: 'It came back soon after its end.',
  recovering: 'Better than before.',
  firing_again: 'Worse again.',
  resolved: 'It is over.',
} as const;

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

export interface KeepOptions {
  /** Told of what cannot be kept; the book is then as it was before it. */
  readonly onFailed: (one: Measured, error: unknown) => void;
  /** Rules besides `rules` that are not switched off. */
  readonly isRule: (ruleId: string) => boolean;
}

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
  { onFailed, isRule }: KeepOptions,
): void {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  for (const one of measured) {
    const takeBack = book.mark();
    try {
      keepOne(projectId, book, one, byId);
    } catch (error) {
      takeBack();
      onFailed(one, error);
    }
  }
  endWithoutRule(book, (ruleId) => byId.has(ruleId) || isRule(ruleId), nowMs);
}

function keepOne(projectId: string, book: Book, one: Measured, byId: ReadonlyMap<string, Rule>): void {
  const before = newestOf(book, one);
  const { episode, transition } = stepMeasured(before && toMeasuredEpisode(before), one);
  if (episode === null) return;
  const incident = transition?.kind === 'opened' ? openMeasured(projectId, one, byId.get(one.ruleId) ?? null) : before;
  if (incident === null) return;
  const next = withEpisode(
    incident.status === 'resolved' && transition === null ? incident : withMeasured(incident, one),
    episode,
  );
  const memory = transition?.kind === 'reopened' ? { ...next.memory, reopenedAtMs: transition.atMs } : next.memory;
  book.put({ ...next, memory });
  if (transition !== null) book.tell(next.id, transition.atMs, transition.kind, WORDS[transition.kind]);
}

/** An incident whose rule was switched off or deleted would stay open for ever. */
function endWithoutRule(book: Book, isRule: (ruleId: string) => boolean, nowMs: number): void {
  for (const incident of book.open()) {
    if (incident.fingerprint !== null || incident.kind === 'provider' || isRule(incident.ruleId)) continue;
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
