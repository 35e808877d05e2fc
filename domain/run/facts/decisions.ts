// What was decided, how surely, and what a policy or a person made of it. Pure.
import type { DecisionFact, RunFacts } from '#contracts/run-facts';
import { standing as standingOf } from '../../decision.ts';
import type { SpanFacts } from '../span-facts.ts';
import { cleanName, cleanText } from './clean.ts';
import { LIST_MAX, NAME_MAX_CHARS, REASON_MAX_CHARS } from './limits.ts';
import { isStopped } from './outcome.ts';
import { atMsOf, decisionName, stepName, type TraceIndex } from './trace-index.ts';

export function decisionFacts(index: TraceIndex): { decisions: DecisionFact[]; decisionCount: number } {
  const spans = index.ordered.filter((span) => span.kind === 'decision');
  const all: DecisionFact[] = [];
  /** By name, the nearest later decision: an answer carries the name of what asked, since links are not light facts. */
  const later = new Map<string, string>();
  for (const span of spans.toReversed()) {
    const name = decisionName(span);
    all.push({
      spanId: span.spanId,
      atMs: atMsOf(span, index),
      name,
      agent: cleanText(span.agent, NAME_MAX_CHARS),
      choice: cleanText(span.decisionChoice, NAME_MAX_CHARS),
      optionCount: new Set(span.decisionOptions).size,
      confidence: span.confidence,
      threshold: span.threshold,
      standing: standing(span),
      confidenceSource: cleanText(span.confidenceSource, NAME_MAX_CHARS),
      outcome: cleanText(span.decisionOutcome, NAME_MAX_CHARS),
      reason: cleanText(span.reason, REASON_MAX_CHARS),
      answeredBy: span.decisionOutcome === 'pending' ? (later.get(name) ?? null) : null,
    });
    later.set(name, span.spanId);
  }
  all.reverse();
  return { decisions: mostImportant(all), decisionCount: all.length };
}

function standing(span: SpanFacts): DecisionFact['standing'] {
  const where = standingOf(span);
  // Near is said of what just passed; a hair below is below.
  return where === 'near' && (span.confidence ?? 0) < (span.threshold ?? 0) ? 'below' : where;
}

/** When there are many, the significant ones are chosen first; the order stays. */
function mostImportant(all: readonly DecisionFact[]): DecisionFact[] {
  if (all.length <= LIST_MAX) return [...all];
  const isSignificant = (fact: DecisionFact) =>
    fact.standing === 'below' || fact.standing === 'near' || fact.reason !== null || fact.confidenceSource === 'human';
  const chosen = new Set(all.filter(isSignificant).slice(0, LIST_MAX));
  for (const fact of all) {
    if (chosen.size >= LIST_MAX) break;
    chosen.add(fact);
  }
  return all.filter((fact) => chosen.has(fact));
}

/** The run itself, else the last agent within it that was stopped, unless the run then failed for another reason. */
export function stopFact(index: TraceIndex): RunFacts['stop'] {
  const { ordered, top } = index;
  const stopped = isStopped(top) ? top : top.isError ? undefined : ordered.findLast(isStopped);
  if (stopped === undefined) return null;
  return {
    spanId: stopped.spanId,
    atMs: atMsOf({ startTime: stopped.endTime }, index),
    who: cleanName(stopped.agent ?? stopped.name, NAME_MAX_CHARS),
    stopReason: cleanName(stopped.stopReason, NAME_MAX_CHARS),
    reason: cleanText(stopped.reason, REASON_MAX_CHARS) ?? cleanName(stopped.stopReason, NAME_MAX_CHARS),
  };
}

/** Each desk or person once, where it was handed over first; with the reason when any of its spans says one. */
export function escalationFacts(index: TraceIndex, decisions: readonly DecisionFact[]): RunFacts['escalations'] {
  const byTarget = new Map<string, RunFacts['escalations'][number]>();
  for (const span of index.ordered) {
    if (span.escalationTarget === null && span.kind !== 'escalation') continue;
    const target = cleanName(span.escalationTarget ?? stepName(span), NAME_MAX_CHARS);
    const reason = span.kind === 'escalation' ? cleanText(span.reason, REASON_MAX_CHARS) : null;
    const known = byTarget.get(target);
    if (known !== undefined && (known.reason !== null || reason === null)) continue;
    const asked = decisions.find((fact) => fact.answeredBy !== null && (fact.reason ?? '').includes(target));
    const answeredBy = asked?.answeredBy ?? null;
    byTarget.set(target, { spanId: span.spanId, atMs: atMsOf(span, index), target, reason, answeredBy });
  }
  return [...byTarget.values()].slice(0, LIST_MAX);
}
