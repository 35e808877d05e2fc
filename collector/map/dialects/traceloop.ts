// OpenLLMetry (Traceloop). Model calls follow the GenAI names; workflows, agents and tools have their own.
// https://www.traceloop.com/docs/openllmetry/contributing/semantic-conventions
import type { Dialect, Reading } from './dialect.ts';
import { asText, entries, field } from './json-value.ts';

/** `{"args": […], "kwargs": {…}}` around what a function was called with; null when it is not that, or holds both. */
function calledWith(value: Reading): string | null {
  const call = value.json();
  const args = field(call, 'args');
  if (!Array.isArray(args) || entries(call).some(([key]) => key !== 'args' && key !== 'kwargs')) return null;
  const named = entries(field(call, 'kwargs'));
  if (named.length > 0) return args.length === 0 ? asText(field(call, 'kwargs')) : null;
  if (args.length === 0) return null;
  return asText(args.length === 1 ? args[0] : args);
}

export const traceloop: Dialect = {
  name: 'traceloop',
  kinds: {
    // Before gen_ai.operation.name was sent.
    'llm.request.type': { chat: 'llm', completion: 'llm', embedding: 'embedding', rerank: 'retrieval' },
    'traceloop.span.kind': { workflow: 'agent', agent: 'agent', tool: 'tool', task: 'other' },
  },
  signs: [
    { keys: ['db.system', 'db.vector.*'], kind: 'retrieval' },
    { keys: ['db.system.name', 'db.vector.*'], kind: 'retrieval' },
  ],
  columns: {
    sessionId: [
      'traceloop.association.properties.session_id',
      'traceloop.association.properties.chat_id',
      'traceloop.association.properties.thread_id',
      'traceloop.association.properties.conversation_id',
      'traceloop.association.properties.sessionId',
    ],
    userId: ['traceloop.association.properties.user_id', 'traceloop.association.properties.userId'],
    input: [{ key: 'traceloop.entity.input', read: calledWith }, 'traceloop.entity.input'],
    output: ['traceloop.entity.output'],
    entityName: ['traceloop.entity.name'],
  },
};
