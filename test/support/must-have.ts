// What a summary must say whatever else it leaves out: outcome, failing step, error, cost, duration, who took over.
import { msOf, nameOf, originsOf, type RawRun, runMs, speaker, stopsOf, tidy, totalOf } from './raw-run.ts';
import { COST, DURATION, isCost, isDuration } from './stated-figures.ts';

/** What is missing from the text; empty when all of it is there. */
export function missingFrom(text: string, run: RawRun): string[] {
  const missing: string[] = [];
  const { spans, status } = run;
  const stopped = status !== 'running' && status !== 'stalled' && stopsOf(run).length > 0;
  const outcome = stopped
    ? /was stopped/
    : { ok: /finished/, error: /failed/, running: /running|waiting|has run/, stalled: /silent/ }[status];
  if (!outcome.test(text)) missing.push(`the outcome (${status})`);
  const durations = [...text.matchAll(new RegExp(DURATION, 'gu'))].map(([figure]) => figure);
  if (!durations.some((figure) => isDuration(figure, runMs(spans)))) missing.push(`the duration (${runMs(spans)} ms)`);
  const cost = totalOf(spans, (span) => span.costUsd);
  const costs = [...text.matchAll(new RegExp(COST, 'gu'))].map(([figure]) => figure);
  if (cost !== null && !costs.some((figure) => isCost(figure, cost))) missing.push(`the cost (${cost})`);
  for (const span of spans) {
    const target = tidy(span.escalationTarget);
    if (target !== '' && !text.includes(target)) missing.push(`who took over (${target})`);
  }
  if (status !== 'error' || stopped) return missing;
  const top = speaker(spans);
  const causes = originsOf(spans).filter(({ errorType }) => errorType !== 'circuit_open');
  const isNamed = causes.some((span) => {
    const isRun = span === top;
    const said = [span.errorType, span.errorMessage?.split('\n', 1)[0]].map(tidy).filter((part) => part !== '');
    const names = isRun ? text.includes(span.agent ?? nameOf(span)) : text.includes(nameOf(span));
    return names && (said.length === 0 || said.some((part) => text.includes(part)) || msOf(span) < 0);
  });
  if (!isNamed) missing.push('the failing step with its error');
  return missing;
}
