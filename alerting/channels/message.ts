// Turns an incident into the alert that people read: the same facts for every channel.
import type { StoredIncident } from '#storage/journal-shapes';
import type { AlertMessage } from './channel.ts';

/** @param publicUrl where the reader's browser finds Telltale, without a slash at the end */
export function toAlertMessage(incident: StoredIncident, publicUrl: string, mayRepeat: boolean): AlertMessage {
  const base = publicUrl.replace(/\/+$/, '');
  return {
    incidentId: incident.id,
    agent: incident.agent,
    step: incident.step,
    errorType: incident.errorType,
    message: incident.message,
    count: incident.count,
    firstSeen: new Date(incident.firstSeen),
    lastSeen: new Date(incident.lastSeen),
    resolvedAt: incident.resolvedAt === null ? null : new Date(incident.resolvedAt),
    examples: incident.exampleTraceIds.slice(0, 3).map((traceId) => ({ traceId, url: `${base}/traces/${traceId}` })),
    firstStep: firstStep(`${incident.errorType} ${incident.message}`),
    mayRepeat,
  };
}

// In order: the first that fits speaks. Words and statuses that clients of model providers and tools really use.
const FIRST_STEPS: readonly (readonly [RegExp, string])[] = [
  [
    /rate.?limit|too many requests|quota|\b429\b/i,
    "Check the provider's rate limit and quota for this step, before anything retries harder.",
  ],
  [
    /unauthori[sz]ed|forbidden|authenticat|api.?key|permission|\b40[13]\b/i,
    'Check the credentials this step uses: they may have expired or lack a permission.',
  ],
  [
    /time.?out|timed out|deadline/i,
    'Check whether the service behind this step is slow or down, then the timeout of the step.',
  ],
  [
    /ECONN|ENOTFOUND|EAI_AGAIN|connection|network|unavailable|overloaded|\b50[0234]\b/i,
    'Check that the service behind this step is up and can be reached.',
  ],
  [
    /json|parse|syntax|schema|validation|invalid|unexpected token/i,
    'Compare the input and output of the step in an example run with the shape it expects.',
  ],
];

function firstStep(text: string): string {
  const known = FIRST_STEPS.find(([pattern]) => pattern.test(text));
  return known?.[1] ?? 'Open an example run and read the input, the output and the error of the failing step.';
}

/** "10 errors in 12 minutes" */
export function howMany({ count, firstSeen, lastSeen }: AlertMessage): string {
  return `${count} similar errors in ${duration(lastSeen.getTime() - firstSeen.getTime())}`;
}

function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${Math.round(seconds / 60)} minutes`;
}

/** 2026-03-02 12:00 UTC */
export function utcMinute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
