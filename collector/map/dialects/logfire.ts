// Pydantic Logfire and pydantic-ai. https://ai.pydantic.dev/logfire/ Logfire announces each span with a pending
// span, under a span id of its own, when it starts; the real one follows when it ends.
import { decisionColumns } from './decision-answers.ts';
import type { Dialect, Reading, TableKind } from './dialect.ts';
import { asText, field } from './json-value.ts';
import { amountIn, isAtLeast, isText } from './sources.ts';

/** OpenTelemetry's severity number of ERROR. */
const ERROR_LEVEL = 17;

/**
 * `events`: messages of both directions in one list. What the model said is a `gen_ai.choice` (pydantic-ai), or the
 * assistant's messages after the last message of another role (Logfire's OpenAI Agents).
 */
function messages(value: Reading, side: 'input' | 'output'): string | null {
  const events = value.json();
  if (!Array.isArray(events)) return null;
  const named = events.filter((event) => nameOf(event).startsWith('gen_ai.'));
  const isChoice = (event: unknown) => nameOf(event) === 'gen_ai.choice';
  const lastOther = named.findLastIndex((event) => nameOf(event) !== 'gen_ai.assistant.message');
  const isSaid = named.some(isChoice) ? isChoice : (_event: unknown, i: number) => i > lastOther;
  const wanted = named.filter((event, i) => isSaid(event, i) === (side === 'output'));
  return wanted.length === 0 ? null : asText(wanted);
}

function nameOf(event: unknown): string {
  const name = field(event, 'event.name');
  return typeof name === 'string' ? name : '';
}

/** Spans of OpenAI Agents through Logfire: only the template of their message says what they are. */
const TEMPLATES: readonly (readonly [start: string, kind: TableKind])[] = [
  ['OpenAI Agents trace:', 'agent'],
  ['Agent run:', 'agent'],
  ['Function:', 'tool'],
  ['Handoff:', 'handoff'],
  ['Guardrail', 'guardrail'],
  ['Responses API', 'llm'],
  ['Chat completion with', 'llm'],
  ['Chat Completion with', 'llm'],
  ['Embedding Creation with', 'embedding'],
];

function kindOfTemplate(value: Reading): TableKind | null {
  const template = value.text();
  return TEMPLATES.find(([start]) => template.startsWith(start))?.[1] ?? null;
}

// pydantic-ai asks a decision model under each call. https://ai.pydantic.dev/
const QUESTIONS = 'pydantic_ai.decision.questions';
const ANSWERS = 'pydantic_ai.decision.answers';
const decision = decisionColumns(QUESTIONS, ANSWERS);

function routes(value: Reading): string[] | null {
  const options = value.json();
  return Array.isArray(options) ? options.flatMap((option) => asText(option) ?? []) : null;
}

export const logfire: Dialect = {
  name: 'logfire',
  kindSources: [{ key: 'logfire.msg_template', read: kindOfTemplate }],
  signs: [
    { keys: ['gen_ai.tool.name', 'tool_arguments'], kind: 'tool' },
    { keys: ['gen_ai.tool.name', 'tool_response'], kind: 'tool' },
    { keys: ['gen_ai.tool.name', 'logfire.msg'], kind: 'tool' },
    { keys: ['agent_name'], kind: 'agent' },
    // From version 3 on the agent's name is on the spans below it too; its messages are not.
    { keys: ['pydantic_ai.all_messages'], kind: 'agent' },
  ],
  columns: {
    ...decision,
    decisionName: ['pydantic_ai.decision.route_question', ...(decision.decisionName ?? [])],
    decisionOptions: [{ key: 'pydantic_ai.decision.route_options', read: routes }, ...(decision.decisionOptions ?? [])],
    agent: ['agent_name'],
    model: ['model_name'],
    input: [
      'tool_arguments',
      'pydantic_ai.all_messages',
      'all_messages_events',
      { key: 'events', read: (value) => messages(value, 'input') },
      'raw_input',
      'pydantic_ai.decision.state',
      QUESTIONS,
      'prompt',
    ],
    output: ['tool_response', 'final_result', { key: 'events', read: (value) => messages(value, 'output') }, ANSWERS],
    // A run's sum over its model calls, under names of its own so that nobody adds it to theirs.
    tokensIn: [
      'gen_ai.aggregated_usage.input_tokens',
      'pydantic_ai.decision.usage.input_tokens',
      amountIn('usage', 'input_tokens'),
      amountIn('response', 'usage.input_tokens'),
    ],
    tokensOut: [
      'gen_ai.aggregated_usage.output_tokens',
      'pydantic_ai.decision.usage.output_tokens',
      amountIn('usage', 'output_tokens'),
      amountIn('response', 'usage.output_tokens'),
    ],
    tokensCached: [
      'gen_ai.aggregated_usage.cache_read.input_tokens',
      'gen_ai.aggregated_usage.details.cache_read_tokens',
      amountIn('usage', 'input_tokens_details.cached_tokens'),
      amountIn('response', 'usage.input_tokens_details.cached_tokens'),
    ],
    tokensReasoning: [
      'gen_ai.aggregated_usage.details.reasoning_tokens',
      amountIn('usage', 'output_tokens_details.reasoning_tokens'),
      amountIn('response', 'usage.output_tokens_details.reasoning_tokens'),
    ],
    entityName: ['name'],
    escalationTarget: ['to_agent'],
    costUsd: ['operation.cost'],
    errorSign: [isAtLeast('logfire.level_num', ERROR_LEVEL)],
    pendingSpan: [isText('logfire.span_type', 'pending_span')],
  },
};
