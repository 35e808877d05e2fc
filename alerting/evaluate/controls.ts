// The settings of users that the detector applies: rules, aliases, mutes, maintenance windows, acknowledgements, endings.
import type { z } from 'zod';
import { CHANNEL_STATES, CHANNELS } from '#contracts/channel';
import { RECIPIENTS } from '#contracts/digest';
import { MAINTENANCE } from '#contracts/maintenance';
import { ACKS, MUTES, RESOLVES } from '#contracts/mute';
import {
  ALIASES,
  PATTERN_DISMISSALS,
  PATTERN_NOTES,
  PATTERN_REMARKS,
  type PatternNotes,
} from '#contracts/pattern-notes';
import { RULES, type Rule } from '#contracts/rule';
import { isOpen } from '#domain/incident/maintenance-window';
import { covers, isMuted } from '#domain/incident/muted';
import { type Aliases, flatten } from '#domain/pattern/aliases';
import { withDefaults } from '#domain/rule/default-rules';
import type { Database } from '#storage/database';
import type { StoredIncident } from '#storage/journal-shapes';
import { type ReadableSettings, readKinds, type SettingKind } from '#storage/settings';
import type { Solved } from './episodes.ts';

export type Silence = NonNullable<StoredIncident['mutedBy']>;

export interface Controls {
  readonly rules: readonly Rule[];
  readonly aliases: Aliases;
  /** Patterns that a user marked as solved. */
  readonly solved: ReadonlyMap<string, Solved>;
  /** By incident. */
  readonly acknowledged: ReadonlySet<string>;
  readonly ended: ReadonlyMap<string, { readonly by: string; readonly atMs: number }>;
  /** What was set and cannot be read; it does not hold. */
  readonly unreadable: ReadableSettings<unknown>['unreadable'];
  /** The mute or maintenance window that silences the incident now; null = none. */
  silenceOf(incident: StoredIncident, windowCount: number, nowMs: number): Silence | null;
}

/** What the detector goes by. */
const HELD = [RULES, ALIASES, PATTERN_NOTES, ACKS, RESOLVES, MUTES, MAINTENANCE];
/** Others go by these, and leave out what cannot be read: here it is named. */
const NAMED_ONLY: readonly SettingKind<z.ZodType>[] = [
  CHANNELS,
  CHANNEL_STATES,
  RECIPIENTS,
  PATTERN_REMARKS,
  PATTERN_DISMISSALS,
];

/** @throws StorageError */
export async function readControls(db: Database, projectId: string): Promise<Controls> {
  const unreadable: Controls['unreadable'][number][] = [];
  const all = await readKinds(db, projectId, [...HELD, ...NAMED_ONLY]);
  const read = <T extends z.ZodType>(of: SettingKind<T>) => {
    const found = all(of);
    unreadable.push(...found.unreadable);
    return found.settings;
  };
  const rules = withDefaults(read(RULES).map(({ value }) => value));
  const aliases = flatten(new Map(read(ALIASES).map(({ id, value }) => [id, value.of])));
  const notes = read(PATTERN_NOTES);
  const acks = read(ACKS);
  const ended = read(RESOLVES);
  const mutes = read(MUTES);
  const windows = read(MAINTENANCE);
  for (const kind of NAMED_ONLY) read(kind);
  return {
    rules,
    unreadable,
    aliases,
    solved: solvedOf(notes, aliases),
    acknowledged: new Set(acks.map(({ id }) => id)),
    ended: new Map(ended.map(({ id, value }) => [id, { by: value.by, atMs: Date.parse(value.at) }])),
    silenceOf(incident, windowCount, nowMs) {
      const counted = { ...incident, count: windowCount };
      const mute = mutes.find(({ value }) => isMuted(value, counted, nowMs));
      if (mute !== undefined) {
        const { by, why, until } = mute.value;
        return { id: mute.id, why: `Muted by ${by || 'someone'}: ${why}`, until };
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
