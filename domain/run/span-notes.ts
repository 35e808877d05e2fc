// What clients say about a step beside its columns: why the model stopped, which prompt it was given, how it was judged.
// Worked out when a span is read, from what is stored whole (ADR 0032). Pure; keys and values are untrusted input.
import type { SpanDetail } from '#contracts/span';
import { evaluationsOf } from './evaluations.ts';
import { finishReasonsOf } from './finish-reasons.ts';
import { reader } from './foreign-values.ts';
import { promptOf } from './prompt-reference.ts';

/** The notes of one span. Never throws. */
export function notesOf(
  span: Pick<SpanDetail, 'kind' | 'attributes' | 'events' | 'logs' | 'output'>,
): Pick<SpanDetail, 'finishReasons' | 'prompt' | 'evaluations'> {
  const read = reader(span.attributes);
  return { finishReasons: finishReasonsOf(span, read), prompt: promptOf(read), evaluations: evaluationsOf(span, read) };
}
