// Pydantic Logfire and pydantic-ai. https://ai.pydantic.dev/logfire/ Logfire announces each span with a twin of its own
// span id when it starts; the real one follows when it ends.
import type { Dialect, Reading } from './dialect.ts';
import { asText, field } from './json-value.ts';
import { isAtLeast, isText } from './sources.ts';

/** OpenTelemetry's severity number of ERROR. */
const ERROR_LEVEL = 17;

/** pydantic-ai's `events`: messages of both directions in one list; what the model said is a `gen_ai.choice`. */
function messages(value: Reading, wantChoices: boolean): string | null {
  const events = value.json();
  if (!Array.isArray(events)) return null;
  const wanted = events.filter((event) => {
    const name = field(event, 'event.name');
    return typeof name === 'string' && name.startsWith('gen_ai.') && (name === 'gen_ai.choice') === wantChoices;
  });
  return wanted.length === 0 ? null : asText(wanted);
}

export const logfire: Dialect = {
  name: 'logfire',
  signs: [
    { keys: ['gen_ai.tool.name', 'tool_arguments'], kind: 'tool' },
    { keys: ['gen_ai.tool.name', 'tool_response'], kind: 'tool' },
    { keys: ['gen_ai.tool.name', 'logfire.msg'], kind: 'tool' },
    { keys: ['agent_name'], kind: 'agent' },
  ],
  columns: {
    agent: ['agent_name'],
    model: ['model_name'],
    input: [
      'tool_arguments',
      'pydantic_ai.all_messages',
      'all_messages_events',
      { key: 'events', read: (value) => messages(value, false) },
      'prompt',
    ],
    output: ['tool_response', 'final_result', { key: 'events', read: (value) => messages(value, true) }],
    costUsd: ['operation.cost'],
    errorSign: [isAtLeast('logfire.level_num', ERROR_LEVEL)],
    pendingTwin: [isText('logfire.span_type', 'pending_span')],
  },
};
