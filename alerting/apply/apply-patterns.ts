// Applies judgements about patterns to the incident set: reads what the errors have in common and records it.
import { bisect } from '#domain/bisect';
import type { Aliases } from '#domain/pattern/aliases';
import type { Database } from '#storage/database';
import type { StoredIncident } from '#storage/journal-shapes';
import type { ErrorFacts, ErrorRange } from '#storage/read-error-facts';
import { probeStorage } from '#storage/set-aside';
import type { PatternStore } from '#storage/stores';
import type { FiringPattern } from '../evaluate/common-cause.ts';
import type { Episode } from '../evaluate/evaluate.ts';
import type { PatternJudgement } from '../evaluate/judge-patterns.ts';
import type { IncidentSet } from './incident-set.ts';
import { incidentId, openPattern, withEpisode, withFacts } from './to-incident.ts';

const WORDS = {
  opened: 'It began.',
  reopened: 'It came back soon after its end.',
  recovering: 'Fewer errors than before.',
  firing_again: 'More errors again.',
  resolved: 'It is over.',
} as const;

/** Patterns whose facts are read together. */
const AT_ONCE = 5000;

interface ApplyDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly patterns: PatternStore;
}

/**
 * Writes every transition into the incident set, and refreshes the facts of open patterns that have news. A pattern for
 * which that fails stays as it was.
 * @param isStubborn leave out what fails even when nothing else succeeds
 * @throws StorageError, EverythingFails when it is not a few that fail
 */
export async function applyPatterns(
  deps: ApplyDeps,
  incidentSet: IncidentSet,
  judgements: readonly PatternJudgement[],
  { aliases, isStubborn, nowMs }: { readonly aliases: Aliases; readonly isStubborn: boolean; readonly nowMs: number },
): Promise<{ firing: FiringPattern[]; failed: { name: string; error: unknown }[] }> {
  const apply = async (part: readonly PatternJudgement[]) => {
    const rollBack = incidentSet.mark();
    try {
      return await applyPart(deps, incidentSet, part, aliases, nowMs);
    } catch (error) {
      rollBack();
      throw error;
    }
  };
  const probe = () => probeStorage(deps.db);
  const { done, failed } = await bisect(judgements, apply, { probe, atMost: AT_ONCE, isStubborn });
  return { firing: done.flat(), failed: failed.map(({ item, error }) => ({ name: item.fingerprint, error })) };
}

async function applyPart(
  deps: ApplyDeps,
  incidentSet: IncidentSet,
  judgements: readonly PatternJudgement[],
  aliases: Aliases,
  nowMs: number,
): Promise<FiringPattern[]> {
  await openNew(deps, incidentSet, judgements, aliases, nowMs);
  for (const { fingerprint, before, transitions } of judgements) {
    let known: StoredIncident | null = before;
    for (const { kind, atMs, episode } of transitions) {
      if (kind === 'opened')
        known = incidentSet.get(incidentId(deps.projectId, fingerprint, episode.openedAtMs)) ?? null;
      const incident = known === null ? undefined : (incidentSet.get(known.id) ?? known);
      // Gone between two reads, for example by retention: nothing is left to show.
      if (incident === undefined) continue;
      const next = withEpisode(incident, episode);
      const memory = kind === 'reopened' ? { ...next.memory, reopenedAtMs: atMs } : next.memory;
      incidentSet.put({ ...next, memory });
      incidentSet.record(incident.id, atMs, kind, WORDS[kind]);
    }
  }
  return refresh(deps, incidentSet, judgements, aliases, nowMs);
}

async function openNew(
  deps: ApplyDeps,
  incidentSet: IncidentSet,
  judgements: readonly PatternJudgement[],
  aliases: Aliases,
  nowMs: number,
): Promise<void> {
  const begun = judgements.flatMap((judgement) =>
    judgement.transitions.flatMap(({ kind, episode }) => (kind === 'opened' ? [{ judgement, episode }] : [])),
  );
  const ranges = begun.map(({ judgement, episode }) => windowOf(judgement, episode, nowMs));
  const facts = await deps.patterns.readErrorFacts(ranges, aliases);
  for (const [i, { judgement, episode }] of begun.entries()) {
    const found = facts[i];
    if (found != null) incidentSet.put(openPattern(deps.projectId, judgement, episode, found));
  }
}

/** From the first of the errors that made the threshold, as much of a window as has passed. */
function windowOf({ fingerprint, rule }: PatternJudgement, episode: Episode, nowMs: number): ErrorRange {
  const { firstErrorAtMs, openedAtMs, resolvedAtMs } = episode;
  const toMs = Math.max(openedAtMs, Math.min(nowMs, resolvedAtMs ?? nowMs, firstErrorAtMs + rule.windowMs));
  return { fingerprint, fromMs: firstErrorAtMs, toMs };
}

/** Of patterns that are open: the newest window, and once for all what has become older than that. */
async function refresh(
  deps: ApplyDeps,
  incidentSet: IncidentSet,
  judgements: readonly PatternJudgement[],
  aliases: Aliases,
  nowMs: number,
): Promise<FiringPattern[]> {
  const open = new Map<string, StoredIncident>();
  for (const incident of incidentSet.open())
    if (incident.kind !== 'provider' && !open.has(incident.subject)) open.set(incident.subject, incident);
  const live = judgements.flatMap(({ fingerprint, rule, hasNews }) => {
    const incident = open.get(fingerprint);
    if (incident === undefined || !hasNews) return [];
    const sinceMs = Math.max(incident.memory.settled?.untilMs ?? 0, Date.parse(incident.firstSeen));
    const markMs = Math.max(sinceMs, nowMs - rule.windowMs);
    return [{ incident, fingerprint, sinceMs, markMs }];
  });
  const newest = live.map(({ fingerprint, markMs }) => ({ fingerprint, fromMs: markMs, toMs: nowMs }));
  const older = live.map(({ fingerprint, sinceMs, markMs }) => ({ fingerprint, fromMs: sinceMs, toMs: markMs - 1 }));
  const settling = older.filter(({ fromMs, toMs }) => toMs >= fromMs);
  const places = new Map(settling.map((range, at) => [range, at]));
  const facts = await deps.patterns.readErrorFacts([...newest, ...settling], aliases);
  const firing: FiringPattern[] = [];
  for (const [i, { incident, markMs, sinceMs }] of live.entries()) {
    const found = facts[i];
    if (found == null) continue;
    const place = places.get(older[i] as ErrorRange) ?? -1;
    const old: ErrorFacts | null = place < 0 ? null : (facts[newest.length + place] ?? null);
    const next = withFacts(incident, found, markMs > sinceMs ? { untilMs: markMs, facts: old } : null);
    incidentSet.put(next);
    if (next.status === 'firing') firing.push({ incident: next, facts: found });
  }
  return firing;
}
