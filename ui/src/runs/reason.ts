// One line below a run's headline: what is notable about it, from recorded figures only.
import type { Run } from '#contracts/run';
import { isLow } from '../confidence.ts';
import { formatShare, plural } from '../format.ts';

/** For example `UpstreamTimeout, 3 errors · lowest confidence 0.46, below 0.70 · 4 decisions · gpt-4.1`. */
export function reasonOf(run: Run): string {
  const { errorType, errorCount, minConfidence: lowest, minConfidenceThreshold: threshold, decisionCount, model } = run;
  const parts: string[] = [];
  if (errorCount > 0)
    parts.push(errorType === null ? plural(errorCount, 'error') : `${errorType}, ${plural(errorCount, 'error')}`);
  if (lowest !== null && threshold !== null && isLow(lowest, threshold)) {
    parts.push(`a decision at ${formatShare(lowest, threshold)}, below ${formatShare(threshold, lowest)}`);
  }
  if (decisionCount > 0) parts.push(plural(decisionCount, 'decision'));
  if (model.length > 0)
    parts.push(model.slice(0, 3).join(', ') + (model.length > 3 ? ` and ${model.length - 3} more` : ''));
  if (parts.length === 0 && run.service !== run.agent) parts.push(run.service);
  return parts.join(' · ');
}
