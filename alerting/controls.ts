// What people set that the detector goes by: rules, aliases, mutes, maintenance windows, acknowledgements, endings.

import { isOpen, MAINTENANCE } from '#schema/maintenance';
import { ACKS, covers, isMuted, MUTES, RESOLVES } from '#schema/mute';
import { ALIASES, type Aliases, flatten, PATTERN_NOTES, type PatternNotes } from '#schema/pattern-notes';
import type { Rule } from '#schema/rule';
import type { Database } from '#storage/database';
import type { StoredIncident } from '#storage/journal-shapes';
import { readRules } from '#storage/read-rules';
import { readSettings } from '#storage/settings';
import type { Solved } from './detector/episodes.ts';

export type Silence = NonNullable<StoredIncident['mutedBy']>;

export interface Controls {
  readonly rules: readonly Rule[];
  readonly aliases: Aliases;
  /** Patterns that somebody called solved. */
  readonly solved: ReadonlyMap<string, Solved>;
  /** By incident. */
  readonly acknowledged: ReadonlySet<string>;
  readonly ended: ReadonlyMap<string, { readonly by: string; readonly atMs: number }>;
  /** The mute or maintenance window that silences the incident now; null = none. */
  silenceOf(incident: StoredIncident, windowCount: number, nowMs: number): Silence | null;
}

/** @throws StorageError */
export async function readControls(db: Database, projectId: string): Promise<Controls> {
  const rules = await readRules(db, projectId);
  const aliases = flatten(new Map((await readSettings(db, projectId, ALIASES)).map(({ id, value }) => [id, value.of])));
  const notes = await readSettings(db, projectId, PATTERN_NOTES);
  const acks = await readSettings(db, projectId, ACKS);
  const ended = await readSettings(db, projectId, RESOLVES);
  const mutes = await readSettings(db, projectId, MUTES);
  const windows = await readSettings(db, projectId, MAINTENANCE);
  return {
    rules,
    aliases,
    solved: solvedOf(notes, aliases),
    acknowledged: new Set(acks.map(({ id }) => id)),
    ended: new Map(ended.map(({ id, value }) => [id, { by: value.by, atMs: Date.parse(value.at) }])),
    silenceOf(incident, windowCount, nowMs) {
      const counted = { ...incident, count: windowCount };
      const mute = mutes.find(({ value }) => isMuted(value, counted, nowMs));
      if (mute !== undefined) {
        const { by, why, until } = mute.value;
        return { id: mute.id, why: `Muted by ${by || 'somebody'}: ${why}`, until };
      }
      const window = windows.find(({ value }) => isOpen(value, nowMs) && covers(value.scope, incident));
      if (window === undefined) return null;
      return { id: window.id, why: `Maintenance: ${window.value.name}`, until: null };
    },
  };
}

/** The newest word on each pattern; what was said of a fingerprint counts for the pattern it was put with. */
function solvedOf(
  notes: readonly { readonly id: string; readonly value: PatternNotes }[],
  aliases: Aliases,
): ReadonlyMap<string, Solved> {
  const solved = new Map<string, Solved>();
  for (const { id, value } of notes) {
    if (value.resolved === null) continue;
    const pattern = aliases.get(id) ?? id;
    const atMs = Date.parse(value.resolved.at);
    if (atMs > (solved.get(pattern)?.atMs ?? 0)) solved.set(pattern, { atMs, versions: value.resolved.versions });
  }
  return solved;
}
