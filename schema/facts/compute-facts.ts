// The facts of a run out of its spans. Time is linear in the spans. Pure.
import type { Run } from '../run.ts';
import { CITED_MAX, FACTS_VERSION, LIST_MAX, NAME_MAX_CHARS, type RunFacts } from '../run-facts.ts';
import type { SpanFacts } from '../span-facts.ts';
import { cleanName, cleanText } from './clean.ts';
import { decisionFacts, escalationFacts, stopFact } from './decisions.ts';
import { errorFacts, ownWordsOf, rootErrorOf } from './errors.ts';
import { answeredIn, askedIn, type Payload } from './excerpts.ts';
import { degradedFacts, noteFacts } from './marks.ts';
import { openFact } from './open.ts';
import { outcomeOf } from './outcome.ts';
import { loopFacts, retryFacts, slowestFact, stepFacts } from './steps.ts';
import { indexTrace } from './trace-index.ts';

/** What is summed up of a run already (schema/summarise-run.ts). */
export type RunFigures = Omit<Run, 'headline'>;

/**
 * @param run its figures, by the same spans
 * @param ordered every distinct span by start; none when the run has only just begun
 * @param top the span that speaks for the run, perhaps one that was only announced
 * @param payloads inputs and outputs of the few spans that may say what was asked; without them that stays unknown
 */
export function computeFacts(
  run: RunFigures,
  ordered: readonly SpanFacts[],
  top: SpanFacts,
  payloads: readonly Payload[] = [],
): RunFacts {
  const index = indexTrace(ordered, top, run.startTime);
  const stop = stopFact(index);
  const retries = retryFacts(index);
  const open = run.status === 'running' || run.status === 'stalled' ? openFact(index, run.activity) : null;
  const escalations = escalationFacts(index);
  const degraded = degradedFacts(index);
  const agent = agentOf(ordered, top, run.agent);
  return {
    version: FACTS_VERSION,
    traceId: run.traceId,
    outcome: outcomeOf(run.status, { stop, escalations, degraded, errorCount: run.errorCount, open }),
    who: { ...agent, isAgent: run.agent !== null },
    name: cleanName(top.name, NAME_MAX_CHARS),
    helpers: helpersOf(ordered, run.agent),
    services: namesOf(ordered.map(({ service }) => service)),
    models: namesOf(run.model),
    startTime: run.startTime,
    endTime: run.endTime,
    durationMs: run.durationMs,
    spanCount: run.spanCount,
    asked: askedIn(payloads),
    answered: answeredIn(payloads),
    ...stepFacts(index, retries),
    ...decisionFacts(index),
    retries,
    escalations,
    degraded,
    notes: noteFacts(index),
    errors: errorFacts(index, stop),
    errorCount: run.errorCount,
    rootError: stop === null && run.status === 'error' ? rootErrorOf(index) : null,
    ownWords: stop === null && run.status === 'error' ? ownWordsOf(index) : null,
    stop,
    loops: loopFacts(index),
    slowest: slowestFact(index),
    usage: {
      tokensIn: run.tokensIn,
      tokensOut: run.tokensOut,
      costUsd: run.costUsd,
      spanIds: reportersOf(ordered),
    },
    open,
  };
}

function agentOf(
  ordered: readonly SpanFacts[],
  top: SpanFacts,
  agent: string | null,
): { spanId: string; name: string } {
  const first = agent === null || top.agent === agent ? undefined : ordered.find((span) => span.agent === agent);
  return { spanId: (first ?? top).spanId, name: cleanName(agent ?? top.name, NAME_MAX_CHARS) };
}

function helpersOf(ordered: readonly SpanFacts[], self: string | null): RunFacts['helpers'] {
  const helpers = new Map<string, { spanId: string; name: string }>();
  for (const { spanId, agent } of ordered) {
    if (agent === null || agent === self || helpers.has(agent) || helpers.size === LIST_MAX) continue;
    const name = cleanText(agent, NAME_MAX_CHARS);
    if (name !== null) helpers.set(agent, { spanId, name });
  }
  return [...helpers.values()];
}

const namesOf = (names: readonly string[]): string[] =>
  [...new Set(names)].slice(0, LIST_MAX).flatMap((name) => cleanText(name, NAME_MAX_CHARS) ?? []);

function reportersOf(ordered: readonly SpanFacts[]): string[] {
  const ids: string[] = [];
  for (const { spanId, tokensIn, tokensOut, costUsd } of ordered) {
    if (tokensIn === null && tokensOut === null && costUsd === null) continue;
    ids.push(spanId);
    if (ids.length === CITED_MAX) break;
  }
  return ids;
}
