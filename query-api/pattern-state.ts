// What people and the detector say of patterns, read once per request, and a pattern as the API shows it.
import { createHash } from 'node:crypto';
import type { Incident } from '#contracts/incident';
import { MUTES, type Mute } from '#contracts/mute';
import type { Pattern, PatternSuggestion } from '#contracts/pattern';
import {
  ALIASES,
  PATTERN_DISMISSALS,
  PATTERN_NOTES,
  PATTERN_REMARKS,
  type PatternNotes,
} from '#contracts/pattern-notes';
import { covers } from '#domain/incident/muted';
import { type Aliases, membersIn } from '#domain/pattern/aliases';
import { patternStatus } from '#domain/pattern/pattern-status';
import { similarPatterns } from '#domain/pattern/similar-patterns';
import type { Database } from '#storage/database';
import type { PatternRow } from '#storage/read-patterns';
import { readKinds, type Setting } from '#storage/settings';
import type { PatternStore, RunStore, TraceStore } from '#storage/stores';

/** Comparing texts takes time: the most frequent patterns are compared. */
const MAX_COMPARED = 1000;
const MAX_SUGGESTIONS = 20;

export interface PatternDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly patterns: PatternStore;
  readonly runs: RunStore;
  readonly traces: TraceStore;
  /** ms since 1970 */
  now(): number;
  readIncidents(db: Database, projectId: string): Promise<Incident[]>;
}

export interface PatternState {
  readonly nowMs: number;
  readonly aliases: Aliases;
  /** All fingerprints that count as the same pattern, as `membersOf` says. */
  readonly membersOf: (fingerprint: string) => string[];
  readonly notes: ReadonlyMap<string, PatternNotes>;
  readonly remarks: readonly Setting<{ fingerprint: string; text: string }>[];
  readonly mutes: readonly Setting<Mute>[];
  /** Those of patterns, by the fingerprint they opened with. */
  readonly incidents: ReadonlyMap<string, readonly Incident[]>;
  readonly dismissed: readonly (readonly string[])[];
}

export async function readPatternState({ db, projectId, now, readIncidents }: PatternDeps): Promise<PatternState> {
  const [kinds, incidents] = await Promise.all([
    readKinds(db, projectId, [ALIASES, PATTERN_NOTES, PATTERN_REMARKS, MUTES, PATTERN_DISMISSALS]),
    readIncidents(db, projectId),
  ]);
  const known: Aliases = new Map(kinds(ALIASES).settings.map(({ id, value }) => [id, value.of]));
  return {
    nowMs: now(),
    aliases: known,
    membersOf: membersIn(known),
    notes: new Map(kinds(PATTERN_NOTES).settings.map(({ id, value }) => [id, value])),
    remarks: kinds(PATTERN_REMARKS).settings,
    mutes: kinds(MUTES).settings,
    incidents: byFingerprint(incidents),
    dismissed: kinds(PATTERN_DISMISSALS).settings.map(({ value }) => value.fingerprints),
  };
}

function byFingerprint(incidents: readonly Incident[]): ReadonlyMap<string, readonly Incident[]> {
  const known = new Map<string, Incident[]>();
  for (const incident of incidents) {
    if (incident.fingerprint === null) continue;
    const same = known.get(incident.fingerprint);
    if (same === undefined) known.set(incident.fingerprint, [incident]);
    else same.push(incident);
  }
  return known;
}

/** The incidents of a pattern, newest first. */
export function incidentsOf(state: PatternState, members: readonly string[]): Incident[] {
  return members
    .flatMap((fingerprint) => state.incidents.get(fingerprint) ?? [])
    .sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1));
}

/** The mute that silences a pattern now and for longest, or null. A version that it did not know ends it. */
export function muteOf(state: PatternState, members: readonly string[], row: PatternRow): Setting<Mute> | null {
  const [agent = row.agent] = row.agents;
  const holding = state.mutes.filter(({ value }) => {
    if (value.until !== null && Date.parse(value.until) <= state.nowMs) return false;
    if (value.unless?.newVersion === true && row.versions.some((each) => !value.unless?.versions.includes(each))) {
      return false;
    }
    return members.some((fingerprint) =>
      covers(value.scope, { fingerprint, subject: fingerprint, agent, agents: [...row.agents] }),
    );
  });
  const untilMs = ({ value: { until } }: Setting<Mute>) => (until === null ? Infinity : Date.parse(until));
  return holding.sort((a, b) => untilMs(b) - untilMs(a))[0] ?? null;
}

export function toPattern(state: PatternState, row: PatternRow): Pattern {
  const members = state.membersOf(row.fingerprint);
  const notes = state.notes.get(row.fingerprint) ?? null;
  const incidents = incidentsOf(state, members);
  const resolved = notes?.resolved ?? null;
  const status = patternStatus(
    {
      ...row,
      resolved: resolved && { atMs: Date.parse(resolved.at), versions: resolved.versions },
      isMuted: muteOf(state, members, row) !== null,
      incidents: incidents.map((incident) => ({
        status: incident.status,
        kind: incident.kind,
        resolvedAtMs: incident.resolvedAt === null ? null : Date.parse(incident.resolvedAt),
      })),
    },
    state.nowMs,
  );
  return {
    fingerprint: row.fingerprint,
    members,
    fingerprintVersion: row.fingerprintVersion,
    title: titleOf(row),
    errorType: row.errorType,
    step: row.step,
    kind: row.kind,
    template: row.template,
    status,
    assignee: notes?.assignee ?? null,
    openIncidentId: incidents.find((incident) => incident.status !== 'resolved')?.id ?? null,
    errors: row.errorCount,
    late: row.lateCount,
    runs: row.runCount,
    sessions: row.sessionCount,
    agents: [...row.agents],
    services: [...row.services],
    tools: [...row.tools],
    models: [...row.models],
    versions: [...row.versions],
    trend: [...row.trend],
    firstSeen: new Date(row.firstEverMs).toISOString(),
    lastSeen: new Date(row.lastEverMs).toISOString(),
  };
}

export const titleOf = ({ errorType, step }: { errorType: string; step: string }): string =>
  `${errorType || 'Error'} in ${step}`;

/** Patterns that look alike and of which nobody said that they are not the same. They change nothing. */
export function suggestMerges(state: PatternState, rows: readonly PatternRow[]): PatternSuggestion[] {
  const texts = rows.slice(0, MAX_COMPARED).map(({ fingerprint, errorType, template, agent, step }) => ({
    fingerprint,
    errorType,
    template,
    agent,
    step,
  }));
  return similarPatterns(texts)
    .filter(({ fingerprints }) => !state.dismissed.some((not) => fingerprints.every((each) => not.includes(each))))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ fingerprints, score, template, differences }) => ({
      fingerprints: [...fingerprints],
      score,
      template,
      differences: differences.map((texts) => [...texts]),
    }));
}

/** One id for a set of patterns, whatever their order. */
export function dismissalId(fingerprints: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([...fingerprints].sort()))
    .digest('hex')
    .slice(0, 32);
}
