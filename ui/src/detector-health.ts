// Whether the detector still looks: a dead one sends nothing, and silence would pass for health. Pure.
import type { Status } from '#schema/status';
import { formatClock } from './format.ts';

/** Five ticks missed. */
const SILENT_MS = 5 * 60_000;

/**
 * What to warn of, in one sentence, or null. A process that runs no detector says nothing of it.
 * @param nowMs ms since 1970
 */
export function detectorWarning(
  { detector, startedAt }: Pick<Status, 'detector' | 'startedAt'>,
  nowMs: number,
): string | null {
  const { lastTickAt, lastError } = detector;
  if (lastTickAt === null && lastError === null) return null;
  const since = lastTickAt ?? startedAt;
  if (nowMs - Date.parse(since) < SILENT_MS) return null;
  const why = lastError === null ? '' : ` ${lastError}`;
  return lastTickAt === null
    ? `The detector has not finished a look since Telltale started at ${formatClock(startedAt)}: nothing is told.${why}`
    : `The detector has not finished a look since ${formatClock(lastTickAt)}: nothing is told.${why}`;
}
