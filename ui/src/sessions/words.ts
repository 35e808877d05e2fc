// The statuses of a session's runs in words.
import type { Session } from '#contracts/session';

/** `3 ok, 1 failed`. */
export function statusesInWords({ ok, error, running, stalled }: Session['statuses']): string {
  const counted: [number, string][] = [
    [ok, 'ok'],
    [error, 'failed'],
    [running, 'running'],
    [stalled, 'stalled'],
  ];
  return counted
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}
