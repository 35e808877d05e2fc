// What several runs have in common, for example the runs of an incident. Pure.
import type { RunFacts } from '#contracts/run-facts';

/** A value that some of the runs share. */
export interface Shared {
  readonly what:
    | 'agent'
    | 'service'
    | 'model'
    | 'outcome'
    | 'failing step'
    | 'error'
    | 'decision'
    | 'degraded'
    | 'escalated to'
    | 'loop';
  readonly value: string;
  /** How many of the runs have it. */
  readonly runs: number;
  /** One of them that shows it, and the span in it. */
  readonly example: { readonly traceId: string; readonly spanId: string };
}

/** Less than this share of the runs is no common trait. */
const COMMON_SHARE = 0.5;
const MAX_SHARED = 12;

/**
 * Traits that at least half of the runs share, and at least two runs do; those of more runs first, then the most
 * significant.
 */
export function commonOf(facts: readonly RunFacts[]): Shared[] {
  const traits = new Map<string, { shared: Omit<Shared, 'runs'>; traceIds: Set<string> }>();
  for (const run of facts) {
    for (const { what, value, spanId } of traitsOf(run)) {
      const key = `${what}\n${value}`;
      const known = traits.get(key);
      if (known !== undefined) known.traceIds.add(run.traceId);
      else
        traits.set(key, {
          shared: { what, value, example: { traceId: run.traceId, spanId } },
          traceIds: new Set([run.traceId]),
        });
    }
  }
  const count = new Set(facts.map(({ traceId }) => traceId)).size;
  return [...traits.values()]
    .map(({ shared, traceIds }) => ({ ...shared, runs: traceIds.size }))
    .filter(({ runs }) => runs >= 2 && runs >= COMMON_SHARE * count)
    .sort((a, b) => b.runs - a.runs || ORDER.indexOf(a.what) - ORDER.indexOf(b.what))
    .slice(0, MAX_SHARED);
}

const ORDER: readonly Shared['what'][] = [
  'failing step',
  'error',
  'degraded',
  'escalated to',
  'decision',
  'loop',
  'outcome',
  'agent',
  'model',
  'service',
];

function* traitsOf(run: RunFacts): Generator<{ what: Shared['what']; value: string; spanId: string }> {
  const { who, rootError } = run;
  if (who.isAgent) yield { what: 'agent', value: who.name, spanId: who.spanId };
  yield { what: 'outcome', value: run.outcome, spanId: who.spanId };
  for (const value of run.services) yield { what: 'service', value, spanId: who.spanId };
  for (const value of run.models) yield { what: 'model', value, spanId: who.spanId };
  const failures =
    rootError === null
      ? run.errors.map(({ step, errorType, spanIds }) => ({ step, errorType, spanId: spanIds[0] as string }))
      : [rootError];
  for (const { step, errorType, spanId } of failures) {
    yield { what: 'failing step', value: step, spanId };
    if (errorType !== null) yield { what: 'error', value: errorType, spanId };
  }
  for (const { name, choice, standing, spanId } of run.decisions) {
    if (choice === null) continue;
    yield {
      what: 'decision',
      value: `${name}: ${choice}${standing === 'below' ? ', below its threshold' : ''}`,
      spanId,
    };
  }
  for (const { without, spanId } of run.degraded)
    for (const value of without) yield { what: 'degraded', value: `without ${value}`, spanId };
  for (const { target, spanId } of run.escalations) yield { what: 'escalated to', value: target, spanId };
  for (const { step, spanIds } of run.loops) yield { what: 'loop', value: step, spanId: spanIds[0] as string };
}
