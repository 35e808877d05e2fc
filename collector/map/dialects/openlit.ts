// OpenLIT: GenAI names, with some of its own beside them. https://docs.openlit.io/latest/sdk/features/tracing
// It puts a tool's name on model spans, so a tool's name alone is no sign of a tool.
import type { Dialect } from './dialect.ts';

export const openLit: Dialect = {
  name: 'openlit',
  kinds: {
    'gen_ai.operation.name': {
      vectordb: 'retrieval',
      search: 'retrieval',
      retrieve: 'retrieval',
      mcp_tool_call: 'tool',
      execute_task: 'agent',
      image: 'llm',
      audio: 'llm',
    },
  },
  columns: {
    userId: ['gen_ai.user.id'],
    input: ['gen_ai.tool.args', 'gen_ai.retrieval.query', 'db.query.text', 'gen_ai.workflow.input'],
    output: ['gen_ai.workflow.output'],
    tokensCached: ['gen_ai.usage.prompt_tokens_details.cache_read'],
    tokensReasoning: ['gen_ai.usage.completion_tokens_details.reasoning'],
  },
};
