// Whether the detector still looks, and whether runs get their summaries: a dead one sends nothing, and silence would
// pass for health. Pure.
import type { Status } from '#contracts/status';
import { formatClock } from './format.ts';

/** What to warn of, in one sentence, or null. A process that runs no detector says nothing of it. */
export function detectorWarning({ detector, startedAt }: Pick<Status, 'detector' | 'startedAt'>): string | null {
  const { lastTickAt, lastError, isOverdue } = detector;
  if (!isOverdue || (lastTickAt === null && lastError === null)) return null;
  const why = lastError === null ? '' : ` ${lastError}`;
  return lastTickAt === null
    ? `The detector has not finished a look since Telltale started at ${formatClock(startedAt)}: nothing is told.${why}`
    : `The detector has not finished a look since ${formatClock(lastTickAt)}: nothing is told.${why}`;
}

/** What to warn of, in one sentence, or null. */
export function summarizerWarning({ summarizer, startedAt }: Pick<Status, 'summarizer' | 'startedAt'>): string | null {
  if (summarizer?.isStuck !== true) return null;
  const since = formatClock(summarizer.lastLookAt ?? startedAt);
  return `No summaries have been stored since ${since}, and what is shown instead is worked out each time: ${summarizer.lastError ?? 'see the log.'}`;
}
