// Where failures began: alike ones together, and of a failed run the one that it failed for. Pure.
import type { ErrorFact, RootErrorFact, RunFacts } from '#contracts/run-facts';
import type { SpanFacts } from '../span-facts.ts';
import { cleanText } from './clean.ts';
import { CITED_MAX, LIST_MAX, REASON_MAX_CHARS } from './limits.ts';
import { atMsOf, durationMsOf, outermost, stepName, type TraceIndex } from './trace-index.ts';

const TIMED_OUT = /time(?:d[ _-]?)?[ _-]?out|deadline[ _-]?exceeded|did not end within/i;

export const timedOut = (span: Pick<SpanFacts, 'errorType' | 'errorMessage'>): boolean =>
  TIMED_OUT.test(`${span.errorType ?? ''} ${(span.errorMessage ?? '').slice(0, 500)}`);

const firstLine = (span: SpanFacts): string => span.errorMessage?.trim().split('\n', 1)[0]?.trim() ?? '';
const messageOf = (span: SpanFacts): string | null => cleanText(firstLine(span), REASON_MAX_CHARS);
const typeOf = (span: SpanFacts): string | null => cleanText(span.errorType, 80);

/** Failed spans that no failed child explains. */
const origins = ({ ordered, failedParents }: TraceIndex): SpanFacts[] =>
  ordered.filter((span) => span.isError && !failedParents.has(span.spanId));

/** A step that was not run because its agent had been stopped: the stop reports it. */
const isStopsEcho = (span: SpanFacts, stop: RunFacts['stop']): boolean =>
  stop !== null && (span.spanId === stop.spanId || span.stopReason !== null);

export function errorFacts(index: TraceIndex, stop: RunFacts['stop']): ErrorFact[] {
  const groups = new Map<string, { fact: ErrorFact; ids: string[] }>();
  for (const span of origins(index)) {
    if (isStopsEcho(span, stop)) continue;
    const step = stepName(span);
    const key = `${step}\n${span.errorType}`;
    const around = outermost(span, index);
    const known = groups.get(key);
    const gotOver = !around.isError;
    if (known === undefined) {
      const fact: ErrorFact = {
        stepSpanId: around.spanId,
        spanIds: [span.spanId],
        atMs: atMsOf(span, index),
        step,
        kind: span.kind,
        agent: cleanText(span.agent, 80),
        errorType: typeOf(span),
        message: messageOf(span),
        timedOut: timedOut(span),
        count: 1,
        durationMs: durationMsOf(span),
        gotOver,
      };
      groups.set(key, { fact, ids: fact.spanIds });
      continue;
    }
    const { fact, ids } = known;
    if (ids.length < CITED_MAX) ids.push(span.spanId);
    fact.count++;
    fact.durationMs = Math.round((fact.durationMs + durationMsOf(span)) * 1e6) / 1e6;
    fact.gotOver &&= gotOver;
  }
  return [...groups.values()].map(({ fact }) => fact).slice(0, LIST_MAX);
}

/** Of a failed run: the last failure that is not only the refusal of an open circuit, else the last one. */
export function rootErrorOf(index: TraceIndex): RootErrorFact | null {
  const { top } = index;
  if (!top.isError) return null;
  const began = origins(index);
  const origin = began.findLast((span) => span.errorType !== 'circuit_open') ?? began.at(-1) ?? top;
  return {
    spanId: origin.spanId,
    step: stepName(origin),
    kind: origin.kind,
    errorType: typeOf(origin),
    message: messageOf(origin),
    timedOut: timedOut(origin),
    attempt: origin.retryAttempt === null ? null : origin.retryAttempt + 1,
    isRun: origin === top,
  };
}

/** What the run said of its failure, when a step failed as well and said something else. */
export function ownWordsOf({ ordered, top }: TraceIndex): RunFacts['ownWords'] {
  if (!top.isError) return null;
  const said = firstLine(top);
  const failed = ordered.filter((span) => span !== top && span.isError);
  if (said === '' || failed.length === 0 || failed.some((span) => firstLine(span) === said)) return null;
  const text = cleanText(said, REASON_MAX_CHARS);
  return text === null ? null : { spanId: top.spanId, text };
}
