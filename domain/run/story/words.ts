// Turns of phrase that headline and sentences share. Pure.
import type { DecisionFact, ErrorFact, RetryFact, RunFacts } from '#contracts/run-facts';
import type { Story, SummarySentence } from '#contracts/summary';
import { formatCost, formatShare } from '../../format.ts';

/** Without a full stop at its end. */
export const bare = (text: string): string => text.replace(/[\s.]+$/u, '');

/** A policy's reason says what was done, then why: `escalated to ana: confidence 0.52 below 0.7`. */
export function whatPolicyDid(reason: string): { readonly did: string; readonly why: string | null } {
  const colon = reason.search(/: (?:no )?confidence |: there is no threshold/);
  return colon > 0
    ? { did: reason.slice(0, colon), why: bare(reason.slice(colon + 2)) }
    : { did: bare(reason), why: null };
}

/** The choice was held back: someone else is to decide. */
export const isHeld = ({ outcome, reason }: DecisionFact): boolean =>
  outcome === 'escalated' || outcome === 'pending' || /^(?:escalated to|asked) /.test(reason ?? '');

/** `0.58, below the 0.70 it needs` */
export function belowInWords({ confidence, threshold }: DecisionFact): string {
  return `${formatShare(confidence ?? 0, threshold)}, below the ${formatShare(threshold ?? 0, confidence)} it needs`;
}

/** The handover that a held decision led to: it names it, it is that very span, or it is the next one. */
export function handoverOf(facts: RunFacts, fact: DecisionFact): RunFacts['escalations'][number] | null {
  const { escalations } = facts;
  const named = escalations.find(
    ({ target, spanId }) => spanId === fact.spanId || (fact.reason ?? '').includes(target),
  );
  if (named !== undefined) return named;
  if (fact.outcome !== 'escalated' || fact.reason !== null) return null;
  return escalations.find(({ atMs }) => atMs >= fact.atMs) ?? null;
}

/** The attempts that an error was one of. */
export const retryOf = (facts: RunFacts, { stepSpanId, spanIds }: ErrorFact): RetryFact | undefined =>
  facts.retries.find((retry) => retry.stepSpanId === stepSpanId || spanIds.some((id) => retry.spanIds.includes(id)));

export const isRefusal = ({ errorType }: Pick<ErrorFact, 'errorType'>): boolean => errorType === 'circuit_open';

/** Dollars for people: the smallest sums have no figures worth reading. */
export const costInWords = (usd: number): string => (usd > 0 && usd < 0.0001 ? 'under $0.0001' : formatCost(usd));

/** A sentence as plain text. */
export const textOf = (sentence: Pick<SummarySentence, 'words'>): string =>
  sentence.words.map(({ text }) => text).join('');

/** The whole story as plain text: one line for a message, a log or a terminal. */
export const storyText = (story: Pick<Story, 'sentences'>): string => story.sentences.map(textOf).join(' ');
