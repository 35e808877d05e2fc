// One tick: read what is new, judge it, save the judgement, then send what is owed. Saved before sent, so that a crash
// anywhere repeats at most a message, never a decision.

import type { Database } from '#storage/database';
import { newDelivery } from '#storage/deliveries';
import { appendJournal, type JournalEntry, readJournalState } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import { readErrorGroups, readErrorTimes } from '#storage/read-errors';
import type { createDelivery } from './deliver.ts';
import { type Episode, evaluate, type Transition } from './detector/evaluate.ts';
import type { Rule } from './detector/rule.ts';
import { incidentId, openIncident, resolveIncident, toEpisode } from './detector/to-incident.ts';

/** Longer than any error may be late, so that no late error begins an old episode again. */
const REMEMBER_RESOLVED_MS = 24 * 3_600_000;

export interface TickDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly rule: Rule;
  /** The channel that new incidents are told on. */
  readonly channel: string;
  readonly deliver: ReturnType<typeof createDelivery>;
  readonly isStopping: () => boolean;
}

export interface TickReport {
  /** Ids of the incidents that began and ended. */
  readonly fired: readonly string[];
  readonly resolved: readonly string[];
  readonly sent: number;
  readonly failed: number;
}

/**
 * Brings the project's incidents up to `nowMs`. However late it comes, the stored cursor says where to go on.
 * @throws StorageError; what was not saved is done again by the next tick
 */
export async function runTick(deps: TickDeps, nowMs: number): Promise<TickReport> {
  const { db, projectId, rule } = deps;
  const state = await readJournalState(db, projectId, { resolvedWithinMs: REMEMBER_RESOLVED_MS });
  const latest = state.incidents.map(toEpisode);
  const { errors, completeSinceMs } = await readErrorTimes(db, projectId, {
    // A clock that stepped back must not leave us waiting for it to come round again.
    cursorMs: Math.min(state.cursorMs ?? nowMs - rule.windowMs, nowMs),
    threshold: rule.threshold,
    reachMs: rule.windowMs + rule.recoverAfterMs,
    open: latest.filter(({ resolvedAtMs }) => resolvedAtMs === null).map(({ fingerprint }) => fingerprint),
  });
  const transitions = evaluate({ rule, latest, errors, completeSinceMs, nowMs });

  const incidents = new Map(state.incidents.map((incident) => [incident.id, incident]));
  const fired = await applyTransitions(deps, transitions, incidents, nowMs);
  const changed = new Set(transitions.map(({ episode }) => incidentId(projectId, episode)));
  const owed = fired.map((id) =>
    newDelivery({ projectId, subject: `incident:${id}`, transition: 'opened', channel: deps.channel }, nowMs),
  );
  const entries: JournalEntry[] = [
    { kind: 'cursor', receivedMs: nowMs, fence: 0 },
    ...[...incidents.values()]
      .filter(({ id }) => changed.has(id))
      .map((incident) => ({ kind: 'incident', incident }) as const),
    ...owed.map((delivery) => ({ kind: 'delivery', delivery }) as const),
  ];
  await appendJournal(db, projectId, nowMs, entries);

  const delivered = await deps.deliver([...state.owed, ...owed], incidents, deps.isStopping);
  const resolved = [...changed].filter((id) => incidents.get(id)?.status === 'resolved');
  return { fired, resolved, ...delivered };
}

/** Changes `incidents` as the transitions say; returns the ids of the new ones. */
async function applyTransitions(
  deps: TickDeps,
  transitions: readonly Transition[],
  incidents: Map<string, StoredIncident>,
  nowMs: number,
): Promise<string[]> {
  const fired: string[] = [];
  const begun = transitions.filter(({ kind }) => kind === 'fired').map(({ episode }) => episode);
  const windows = begun.map((episode) => windowOf(deps.rule, episode, nowMs));
  const groups = await readErrorGroups(deps.db, deps.projectId, windows);
  for (const [i, episode] of begun.entries()) {
    const group = groups[i] ?? null;
    // Gone between the two reads, for example by retention: nothing is left to show.
    if (group === null) continue;
    const incident = openIncident(deps.projectId, deps.rule, episode, group);
    incidents.set(incident.id, incident);
    fired.push(incident.id);
  }
  for (const { kind, episode } of transitions) {
    const known = incidents.get(incidentId(deps.projectId, episode));
    if (kind === 'resolved' && known !== undefined) incidents.set(known.id, resolveIncident(known, episode));
  }
  return fired;
}

/** From the first of the errors that made the threshold, as much of a window as has passed. */
function windowOf(rule: Rule, { fingerprint, firstErrorAtMs, openedAtMs }: Episode, nowMs: number) {
  const toMs = Math.max(openedAtMs, Math.min(nowMs, firstErrorAtMs + rule.windowMs));
  return { fingerprint, fromMs: firstErrorAtMs, toMs };
}
