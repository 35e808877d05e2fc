// OpenAI Agents SDK: its own span data as attributes, as JSON or spelled out. Most send it through OpenInference instead,
// where a handoff is a TOOL (kind.ts). https://openai.github.io/openai-agents-js/guides/tracing/
import type { Dialect, Source, TableKind } from './dialect.ts';
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
  ['speech_group', 'other'],
  ['guardrail', 'guardrail'],
  ['custom', 'other'],
]);

/** A value inside the span data, as text. */
const valueIn = (...path: readonly string[]): Source => ({
  key: DATA,
  read: (value) => asText(field(value.json(), ...path)),
});

/** Paths of a detail of the usage: of the span itself, flattened by the exporter, and of the response it holds. */
const below = (name: string, ...groups: readonly string[]): string[] =>
  groups.flatMap((group) => [
    `usage.details.${name}`,
    `usage.details.${group}.${name}`,
    `usage.${group}.${name}`,
    `_response.usage.${group}.${name}`,
    `response.usage.${group}.${name}`,
  ]);

export const openAiAgents: Dialect = {
  name: 'openai-agents',
  kinds: { 'span_data.type': Object.fromEntries(KINDS) },
  kindSources: [{ key: DATA, read: (value) => KINDS.get(firstText(value.json(), 'type') ?? '') ?? null }],
  columns: {
    sessionId: ['group_id'],
    entityName: ['span_data.name', textIn(DATA, 'name')],
    model: ['span_data.model', textIn(DATA, 'model', '_response.model', 'response.model')],
    input: ['span_data.input', valueIn('input'), valueIn('_input'), 'input'],
    output: [
      'span_data.output',
      valueIn('output'),
      valueIn('_response', 'output'),
      valueIn('response', 'output'),
      'output',
    ],
    tokensIn: [
      'span_data.usage.input_tokens',
      amountIn(
        DATA,
        'usage.input_tokens',
        'usage.prompt_tokens',
        '_response.usage.input_tokens',
        'response.usage.input_tokens',
      ),
    ],
    tokensOut: [
      'span_data.usage.output_tokens',
      amountIn(
        DATA,
        'usage.output_tokens',
        'usage.completion_tokens',
        '_response.usage.output_tokens',
        'response.usage.output_tokens',
      ),
    ],
    tokensCached: [amountIn(DATA, ...below('cached_tokens', 'input_tokens_details', 'prompt_tokens_details'))],
    tokensReasoning: [
      amountIn(DATA, ...below('reasoning_tokens', 'output_tokens_details', 'completion_tokens_details')),
    ],
    escalationTarget: ['span_data.to_agent', textIn(DATA, 'to_agent')],
    errorMessage: [textIn('error', 'message')],
    errorSign: [{ key: 'error', read: (value) => (firstText(value.json(), 'message') === null ? null : 1) }],
  },
};
