// Laminar (@lmnr-ai/lmnr). Model calls follow the GenAI names; the rest is its own. https://docs.lmnr.ai/tracing/otel
import type { Dialect } from './dialect.ts';
import { textIn } from './sources.ts';

export const laminar: Dialect = {
  name: 'laminar',
  kinds: {
    // DEFAULT says nothing.
    'lmnr.span.type': {
      LLM: 'llm',
      CACHED: 'llm',
      TOOL: 'tool',
      EVALUATOR: 'evaluator',
      HUMAN_EVALUATOR: 'evaluator',
      EVALUATION: 'other',
      EXECUTOR: 'other',
    },
  },
  columns: {
    agent: [textIn('lmnr.span.path', '0')],
    sessionId: ['lmnr.association.properties.session_id', 'lmnr.association.properties.metadata.session_id'],
    userId: ['lmnr.association.properties.user_id', 'lmnr.association.properties.metadata.user_id'],
    input: ['lmnr.span.input'],
    output: ['lmnr.span.output'],
  },
};
