// OpenLLMetry (Traceloop). Model calls follow the GenAI names; workflows, agents and tools have their own.
import type { Dialect } from './dialect.ts';

export const traceloop: Dialect = {
  name: 'traceloop',
  kinds: {
    'traceloop.span.kind': { workflow: 'agent', agent: 'agent', tool: 'tool', task: 'other' },
  },
  columns: {
    sessionId: [
      'traceloop.association.properties.session_id',
      'traceloop.association.properties.chat_id',
      'traceloop.association.properties.thread_id',
    ],
    userId: ['traceloop.association.properties.user_id'],
    input: ['traceloop.entity.input'],
    output: ['traceloop.entity.output'],
    costUsd: ['gen_ai.usage.cost'],
    entityName: ['traceloop.entity.name'],
  },
};
