// The facts of a run out of its spans. Time is linear in the spans. Pure.
import type { Run } from '#contracts/run';
import type { RunFacts } from '#contracts/run-facts';
import type { SpanFacts } from '../span-facts.ts';
import { atOnce } from '../turns.ts';
import { cleanName, cleanText } from './clean.ts';
import { decisionFacts, escalationFacts, stopFact } from './decisions.ts';
import { errorFacts, ownWordsOf, rootErrorOf } from './errors.ts';
import { answeredIn, askedIn, type Payload } from './excerpts.ts';
import { CITED_MAX, FACTS_VERSION, LIST_MAX, NAME_MAX_CHARS, STEPS_MAX } from './limits.ts';
import { degradedFacts, noteFacts } from './marks.ts';
import { openFact } from './open.ts';
import { outcomeOf } from './outcome.ts';
import { loopFacts, retryFacts, slowestFact, slowestOf, stepFacts } from './steps.ts';
import { type Elsewhere, indexTrace, type TraceIndex } from './trace-index.ts';

/** What is summed up of a run already (domain/run/summarize-run.ts). */
export type RunFigures = Omit<Run, 'headline'>;

/** What was counted of a run too large to be read whole; the spans at hand are then a part of it (PartialFact says which). */
export interface CountedFacts {
  readonly elsewhere: Elsewhere;
  /** Its first and its last spans, without gaps, by start. */
  readonly first: readonly SpanFacts[];
  readonly last: readonly SpanFacts[];
  readonly stepCount: number;
  readonly loops: RunFacts['loops'];
  readonly slowest: SpanFacts | null;
  /** `spansRead`, and which lists and totals do not cover the whole run. */
  readonly partial: RunFacts['partial'];
}

/**
 * Works in turns: between two of them the caller may let others work, for a run may have fifty thousand spans.
 * @param run its figures, by the same spans
 * @param ordered every distinct span by start; none when the run has only just begun
 * @param top the root span or the best candidate, perhaps one that was only announced
 * @param payloads inputs and outputs of the few spans that may say what was asked; without them that stays unknown
 * @param counted of a run of which `ordered` is only a part
 */
export function* factsInTurns(
  run: RunFigures,
  ordered: readonly SpanFacts[],
  top: SpanFacts,
  payloads: readonly Payload[] = [],
  counted: CountedFacts | null = null,
): Generator<void, RunFacts> {
  const index = indexTrace(ordered, top, run.startTime, counted?.elsewhere);
  yield;
  const stop = stopFact(index);
  yield;
  const retries = retryFacts(index);
  yield;
  const open = run.status === 'running' || run.status === 'stalled' ? openFact(index, run.activity) : null;
  const decided = decisionFacts(index);
  yield;
  const escalations = escalationFacts(index, decided.decisions);
  yield;
  const degraded = degradedFacts(index);
  yield;
  const agent = agentOf(ordered, top, run.agent);
  const helpers = helpersOf(ordered, run.agent);
  yield;
  const services = namesOf(ordered.map(({ service }) => service));
  yield;
  const steps = stepsOf(index, retries, counted);
  yield;
  const notes = noteFacts(index);
  yield;
  const errors = errorFacts(index, stop);
  yield;
  const loops = counted?.loops ?? loopFacts(index);
  yield;
  const slowest = counted === null ? slowestFact(index) : slowestOf(counted.slowest);
  yield;
  return {
    version: FACTS_VERSION,
    traceId: run.traceId,
    outcome: outcomeOf(run.status, { stop, escalations, degraded, errorCount: run.errorCount, open }),
    who: { ...agent, isAgent: run.agent !== null },
    name: cleanName(top.name, NAME_MAX_CHARS),
    helpers,
    services,
    models: namesOf(run.model),
    startTime: run.startTime,
    endTime: run.endTime,
    durationMs: run.durationMs,
    spanCount: run.spanCount,
    asked: askedIn(payloads),
    answered: answeredIn(payloads),
    ...steps,
    ...decided,
    decisionCount: run.decisionCount,
    retries,
    escalations,
    degraded,
    notes,
    errors,
    errorCount: run.errorCount,
    rootError: stop === null && run.status === 'error' ? rootErrorOf(index) : null,
    ownWords: stop === null && run.status === 'error' ? ownWordsOf(index) : null,
    stop,
    loops,
    slowest,
    usage: {
      tokensIn: run.tokensIn,
      tokensOut: run.tokensOut,
      costUsd: run.costUsd,
      spanIds: reportersOf(ordered),
    },
    open,
    ...(counted?.partial === undefined ? {} : { partial: counted.partial }),
  };
}

/** As `factsInTurns`, at once. */
export function computeFacts(...given: Parameters<typeof factsInTurns>): RunFacts {
  return atOnce(factsInTurns(...given));
}

function stepsOf(index: TraceIndex, retries: RunFacts['retries'], counted: CountedFacts | null) {
  if (counted === null) return stepFacts(index, retries);
  const { first, last, stepCount } = counted;
  const isWhole = counted.partial?.lists.includes('steps') !== true;
  if (isWhole) return { ...stepFacts({ ...index, ordered: [...first, ...last] }, retries), stepCount };
  const half = STEPS_MAX / 2;
  const head = stepFacts({ ...index, ordered: first }, retries).steps.slice(0, half);
  const tail = stepFacts({ ...index, ordered: last }, retries).steps.slice(-half);
  return { steps: [...head, ...tail], stepCount };
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
