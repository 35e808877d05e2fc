// Maintenance windows and mutes in plain words. Pure.
import type { Maintenance } from '#contracts/maintenance';
import type { Mute } from '#contracts/mute';
import { formatClock } from '../format.ts';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** "every day at 22:00 for 60 min, Europe/Paris" */
export function whenOf({ when, timeZone }: Pick<Maintenance, 'when' | 'timeZone'>): string {
  if (when.repeat === 'once') return `once, from ${spaced(when.from)} to ${spaced(when.to)}, ${timeZone}`;
  const days = when.repeat === 'daily' ? 'every day' : when.days.map((day) => DAYS[day - 1]).join(', ');
  return `${days} at ${when.at} for ${when.durationMinutes} min, ${timeZone}`;
}

const spaced = (local: string): string => local.replace('T', ' ');

/** "until 14:20, unless it is 10 times as much or a new version fails" */
export function howLongOf({ until, unless }: Pick<Mute, 'until' | 'unless'>): string {
  const end = until === null ? 'until it is lifted' : `until ${formatClock(until)}`;
  if (unless === null) return end;
  const reasons = [
    unless.times === null ? null : `it is ${unless.times} times as much`,
    unless.newVersion ? 'a new version fails' : null,
  ].filter((reason) => reason !== null);
  return reasons.length === 0 ? end : `${end}, unless ${reasons.join(' or ')}`;
}

export function scopeOf(scope: Mute['scope']): { readonly text: string; readonly value: string | null } {
  if (scope.kind === 'project') return { text: 'Everything', value: null };
  if (scope.kind === 'agent') return { text: 'Agent', value: scope.agent };
  return { text: 'Pattern', value: scope.fingerprint };
}
