// The summary of a run as it stands now: what is stored while it fits the facts, else the template.
import type { RunFacts } from '#contracts/run-facts';
import type { RunSummary } from '#contracts/summary';
import { writeSummary } from './write-summary.ts';

/** The template's summary of these facts, not stored. @param factsHash names the facts */
export function templateSummary(facts: RunFacts, factsHash: string): RunSummary {
  return {
    traceId: facts.traceId,
    outcome: facts.outcome,
    ...writeSummary(facts),
    kind: 'template',
    model: null,
    promptVersion: null,
    tokensIn: null,
    tokensOut: null,
    costUsd: null,
    verdict: null,
    factsHash,
    writtenAt: null,
  };
}

/**
 * What is stored, while it is about these very facts. A template is written anew, since its wording may have changed.
 * @param factsHash names the facts
 * @param stored null when there is none
 */
export function currentSummary(facts: RunFacts, factsHash: string, stored: RunSummary | null): RunSummary {
  const written = templateSummary(facts, factsHash);
  if (stored === null || stored.factsHash !== factsHash) return written;
  return stored.kind === 'model' ? stored : { ...stored, ...writeSummary(facts) };
}
