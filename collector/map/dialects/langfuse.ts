// Langfuse's SDK on OpenTelemetry (@langfuse/otel, langfuse-python 3). https://langfuse.com/integrations/native/opentelemetry
import type { Dialect } from './dialect.ts';
import { amount, entries, field, firstAmount } from './json-value.ts';
import { amountIn, isText } from './sources.ts';

const USAGE = 'langfuse.observation.usage_details';
const COST = 'langfuse.observation.cost_details';

/**
 * All tokens of one side. Langfuse's own buckets exclude each other (`input`, `input_cached_tokens`, …), so they add
 * up; usage that was handed over in a provider's form includes its parts, save for Anthropic's cache.
 */
function inclusive(usage: unknown, side: 'input' | 'output'): number | null {
  const own = amount(field(usage, side));
  if (own !== null) {
    let total = own;
    for (const [key, value] of entries(usage)) if (key.startsWith(`${side}_`)) total += amount(value) ?? 0;
    return total;
  }
  if (side === 'output')
    return firstAmount(usage, 'completion_tokens', 'output_tokens', 'completionTokens', 'outputTokens');
  const given = firstAmount(usage, 'prompt_tokens', 'input_tokens', 'promptTokens', 'inputTokens');
  if (given === null) return null;
  return (
    given +
    (firstAmount(usage, 'cache_read_input_tokens') ?? 0) +
    (firstAmount(usage, 'cache_creation_input_tokens') ?? 0)
  );
}

/** The total of a cost, else the sum of its parts. */
function totalCost(cost: unknown): number | null {
  const total = amount(field(cost, 'total'));
  if (total !== null) return total;
  const parts = entries(cost).map(([, value]) => amount(value) ?? 0);
  return parts.length === 0 ? null : parts.reduce((sum, part) => sum + part, 0);
}

export const langfuse: Dialect = {
  name: 'langfuse',
  kinds: {
    // `span` is what everything is that was not named; it says nothing.
    'langfuse.observation.type': {
      agent: 'agent',
      generation: 'llm',
      tool: 'tool',
      chain: 'other',
      event: 'other',
      retriever: 'retrieval',
      embedding: 'embedding',
      guardrail: 'guardrail',
      evaluator: 'evaluator',
    },
  },
  columns: {
    agent: ['langfuse.trace.name'],
    sessionId: ['langfuse.session.id'],
    userId: ['langfuse.user.id'],
    model: ['langfuse.observation.model.name'],
    input: ['langfuse.observation.input', 'langfuse.trace.input'],
    output: ['langfuse.observation.output', 'langfuse.trace.output'],
    tokensIn: [{ key: USAGE, read: (value) => inclusive(value.json(), 'input') }],
    tokensOut: [{ key: USAGE, read: (value) => inclusive(value.json(), 'output') }],
    tokensCached: [
      amountIn(
        USAGE,
        'input_cached_tokens',
        'input_cached',
        'input_cache_read',
        'input_cache_read_tokens',
        'cache_read_input_tokens',
        'prompt_tokens_details.cached_tokens',
        'input_tokens_details.cached_tokens',
      ),
    ],
    tokensReasoning: [
      amountIn(
        USAGE,
        'output_reasoning_tokens',
        'output_reasoning',
        'completion_tokens_details.reasoning_tokens',
        'output_tokens_details.reasoning_tokens',
      ),
    ],
    costUsd: [{ key: COST, read: (value) => totalCost(value.json()) }],
    errorSign: [isText('langfuse.observation.level', 'error')],
    errorMessage: ['langfuse.observation.status_message'],
  },
};
