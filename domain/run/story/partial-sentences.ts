// The sentence about a run too large to be read whole: what covers all of it, and what does not. Pure.
import type { PartialList, RunFacts } from '#contracts/run-facts';
import { formatExact } from '../../format.ts';
import { type Draft, plain } from './draft.ts';

const NAMES: Readonly<Record<PartialList, string>> = {
  steps: 'steps',
  decisions: 'decisions',
  errors: 'errors',
  retries: 'retries',
  escalations: 'handovers',
  notes: 'notes',
  loops: 'loops',
  models: 'models',
  totals: 'token and cost totals',
};

/** Nothing when everything that is listed covers all of the run. */
export function partialSentences({ partial, spanCount, durationMs, who }: RunFacts): Draft[] {
  if (partial === undefined || partial.lists.length === 0) return [];
  const names = partial.lists.map((list) => NAMES[list]);
  const last = names.pop() as string;
  const listed = names.length === 0 ? last : `${names.join(', ')} and ${last}`;
  const text = `The run has ${formatExact(spanCount)} spans, too many to read one by one: its counts and times cover all of them, its ${listed} ${formatExact(partial.spansRead)} of them.`;
  return [{ pieces: [plain(text)], spanIds: [who.spanId], weight: 1000, atMs: durationMs }];
}
