// Warnings about a detector or summarizer that has stopped: it sends nothing, and no alerts would look like good health.
// Pure.
import type { Status } from '#contracts/status';
import { formatClock } from './format.ts';

/** The warning in one sentence, or null; null as well in a process that runs no detector. */
export function detectorWarning({ detector, startedAt }: Pick<Status, 'detector' | 'startedAt'>): string | null {
  const { lastTickAt, lastError, isOverdue } = detector;
  if (!isOverdue || (lastTickAt === null && lastError === null)) return null;
  const why = lastError === null ? '' : ` ${lastError}`;
  return lastTickAt === null
    ? `The detector has not completed a tick since Telltale started at ${formatClock(startedAt)}: no alerts are sent.${why}`
    : `The detector has not completed a tick since ${formatClock(lastTickAt)}: no alerts are sent.${why}`;
}

/** The warning in one sentence, or null. */
export function summarizerWarning({ summarizer, startedAt }: Pick<Status, 'summarizer' | 'startedAt'>): string | null {
  if (summarizer?.isStuck !== true) return null;
  const since = formatClock(summarizer.lastLookAt ?? startedAt);
  return `No summaries have been stored since ${since}, and those shown are computed on each request: ${summarizer.lastError ?? 'see the log.'}`;
}
