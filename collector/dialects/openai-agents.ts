// OpenAI Agents SDK: its own span data as attributes, as JSON or spelled out. Most send it through OpenInference instead,
// where a handoff is a TOOL (kind.ts). https://openai.github.io/openai-agents-js/guides/tracing/
import type { Dialect, TableKind } from './dialect.ts';
import { asText, field, firstText } from './json-value.ts';
import { amountIn, textIn } from './sources.ts';

const DATA = 'span_data';

const KINDS: ReadonlyMap<string, TableKind> = new Map([
  ['agent', 'agent'],
  ['generation', 'llm'],
  ['response', 'llm'],
  ['transcription', 'llm'],
  ['speech', 'llm'],
  ['function', 'tool'],
  ['mcp_tools', 'tool'],
  ['handoff', 'handoff'],
  ['guardrail', 'guardrail'],
  ['custom', 'other'],
]);

export const openAiAgents: Dialect = {
  name: 'openai-agents',
  kinds: { 'span_data.type': Object.fromEntries(KINDS) },
  kindSources: [{ key: DATA, read: (value) => KINDS.get(firstText(value.json(), 'type') ?? '') ?? null }],
  columns: {
    sessionId: ['group_id'],
    entityName: ['span_data.name', textIn(DATA, 'name')],
    model: ['span_data.model', textIn(DATA, 'model', '_response.model', 'response.model')],
    input: ['span_data.input', { key: DATA, read: (value) => asText(field(value.json(), 'input')) }, 'input'],
    output: ['span_data.output', { key: DATA, read: (value) => asText(field(value.json(), 'output')) }, 'output'],
    tokensIn: ['span_data.usage.input_tokens', amountIn(DATA, 'usage.input_tokens', '_response.usage.input_tokens')],
    tokensOut: [
      'span_data.usage.output_tokens',
      amountIn(DATA, 'usage.output_tokens', '_response.usage.output_tokens'),
    ],
    tokensCached: [amountIn(DATA, 'usage.details.cached_tokens', 'usage.input_tokens_details.cached_tokens')],
    tokensReasoning: [amountIn(DATA, 'usage.details.reasoning_tokens', 'usage.output_tokens_details.reasoning_tokens')],
    escalationTarget: ['span_data.to_agent', textIn(DATA, 'to_agent')],
    errorMessage: [textIn('error', 'message')],
    errorSign: [{ key: 'error', read: (value) => (firstText(value.json(), 'message') === null ? null : 1) }],
  },
};
