// Laminar (@lmnr-ai/lmnr). Model calls follow the GenAI names; the rest is its own. https://docs.lmnr.ai/tracing/otel
import type { Dialect, Reading } from './dialect.ts';
import { firstText } from './json-value.ts';

/** A list of names; before 0.6 one text with dots. */
function firstOfPath(value: Reading): string | null {
  const path = value.json();
  return Array.isArray(path) ? firstText(path, '0') : value.text().split('.', 1)[0] || null;
}

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
    agent: [{ key: 'lmnr.span.path', read: firstOfPath }],
    sessionId: ['lmnr.association.properties.session_id', 'lmnr.association.properties.metadata.session_id'],
    userId: ['lmnr.association.properties.user_id', 'lmnr.association.properties.metadata.user_id'],
    input: ['lmnr.span.input'],
    output: ['lmnr.span.output'],
  },
};
