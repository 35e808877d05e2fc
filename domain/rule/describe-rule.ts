// A rule in plain words: what fires, what it applies to, when it is over. Pure.
import type { Rule, RuleDraft, RuleOf } from '#contracts/rule';

const many = (n: number, one: string, more = `${one}s`) => `${n} ${n === 1 ? one : more}`;
const percent = (share: number) => `${Math.round(share * 1000) / 10}%`;

/** `30 minutes`, `1 hour`, `2 hours`, `90 minutes`, `1 day`. */
export function minutesInWords(minutes: number): string {
  if (minutes % 1440 === 0) return many(minutes / 1440, 'day');
  return minutes % 60 === 0 ? many(minutes / 60, 'hour') : many(minutes, 'minute');
}

/** `the baseline`, `twice the baseline`, `3 times the baseline`. */
const timesBaseline = (factor: number) =>
  factor === 1 ? 'the baseline' : factor === 2 ? 'twice the baseline' : `${factor} times the baseline`;
const hoursInWords = (hours: number) => minutesInWords(hours * 60);

/** One or two sentences, for example: "10 similar errors within 30 minutes, in at least 3 runs …". */
export function describeRule(rule: Rule | RuleDraft): string {
  return [whatFires(rule), scopeInWords(rule), ending(rule)].filter((part) => part !== '').join(' ');
}

function whatFires(rule: Rule | RuleDraft): string {
  switch (rule.kind) {
    case 'similar_errors':
      return `${many(rule.threshold, 'similar error')} within ${minutesInWords(rule.windowMinutes)}, in at least ${many(rule.minTraces, 'run')} and ${timesBaseline(rule.baselineFactor)} of that time of day. In fewer runs it is reported as a loop.`;
    case 'new_pattern':
      return `${many(rule.minErrors, 'error')} of a pattern never seen before, in at least ${many(rule.minTraces, 'run')}, once a project is ${hoursInWords(rule.learnHours)} old.`;
    case 'regression':
      return `An error pattern that comes back after ${hoursInWords(rule.afterHours)} of quiet, or in a newer version.`;
    case 'error_share':
      return `Of at least ${many(rule.minRuns, 'run')} of an agent in ${minutesInWords(rule.windowMinutes)}, ${percent(rule.minShare)} or more fail (${rule.minFailed} at least), and ${timesBaseline(rule.factor)}.`;
    case 'low_confidence':
      return `Of at least ${many(rule.minDecisions, 'decision')} of one name in ${minutesInWords(rule.windowMinutes)}, ${percent(rule.minShare)} or more are below their threshold, and ${timesBaseline(rule.factor)}.`;
    case 'escalation_rate':
      return `Of at least ${many(rule.minRuns, 'run')} of an agent in ${minutesInWords(rule.windowMinutes)}, ${percent(rule.minShare)} or more are handed to a person, and ${timesBaseline(rule.factor)}.`;
    case 'stalled_runs':
      return `${many(rule.threshold, 'run')} of an agent fall silent without an end within ${minutesInWords(rule.windowMinutes)}.`;
    case 'schema_drift':
      return `${many(rule.threshold, 'answer')} of a step come in another shape than before within ${minutesInWords(rule.windowMinutes)}, in at least ${many(rule.minTraces, 'run')}.`;
    case 'cost':
      return `The runs of an agent cost ${timesBaseline(rule.factor)} of that weekday and time, over ${minutesInWords(rule.windowMinutes)}, and at least $${rule.minCostUsd}.`;
    case 'latency':
      return `The slowest twentieth of an agent's runs take ${timesBaseline(rule.factor)} of that weekday and time, over ${minutesInWords(rule.windowMinutes)}, and at least ${many(rule.minSeconds, 'second')}.`;
    case 'dead_letters':
      return `A step gives up work for good: ${many(rule.threshold, 'dead letter')} within ${minutesInWords(rule.windowMinutes)}.`;
    case 'circuit_open':
      return `A circuit is open: ${many(rule.threshold, 'step')} met it within ${minutesInWords(rule.windowMinutes)}.`;
  }
}

/** '' where the rule applies to everything. */
export function scopeInWords({ where }: Pick<RuleDraft, 'where'>): string {
  const parts = [
    named('agent', where.agents),
    named('service', where.services),
    named('error type', where.errorTypes),
    named('decision', where.decisions),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `Only ${parts.join(', and ')}.`;
}

function named(what: string, names: readonly string[] | undefined): string {
  if (names === undefined || names.length === 0) return '';
  return `${what}${names.length === 1 ? '' : 's'} ${names.join(' or ')}`;
}

function ending(rule: Rule | RuleDraft): string {
  if (!('recoverAfterMinutes' in rule)) return '';
  const quiet = minutesInWords(rule.recoverAfterMinutes);
  if (rule.kind !== 'similar_errors') return `Over after ${quiet} back to normal.`;
  return `Over after ${quiet} with fewer than ${recoverBelowOf(rule)} in the window.`;
}

/** Errors in the window below which a pattern is recovering; half the threshold unless the rule says otherwise. */
export const recoverBelowOf = (rule: Pick<RuleOf<'similar_errors'>, 'threshold' | 'recoverBelow'>): number =>
  Math.min(rule.recoverBelow ?? Math.ceil(rule.threshold / 2), rule.threshold);
