// Mastra (@mastra/otel-exporter), today's names and those of its first versions. https://mastra.ai/docs/observability
import type { Dialect } from './dialect.ts';
import { asText } from './json-value.ts';
import { isText } from './sources.ts';

export const mastra: Dialect = {
  name: 'mastra',
  kinds: {
    'gen_ai.operation.name': {
      'agent.run': 'agent',
      'workflow.run': 'agent',
      'tool.execute': 'tool',
      tool_selection: 'llm',
    },
    'mastra.span.type': {
      agent_run: 'agent',
      workflow_run: 'agent',
      model_inference: 'llm',
      llm_generation: 'llm',
      llm_chunk: 'other',
      // The loop around the calls of a model: it repeats what they say.
      model_generation: 'other',
      model_step: 'other',
      model_chunk: 'other',
      tool_call: 'tool',
      mcp_tool_call: 'tool',
      provider_tool_call: 'tool',
      client_tool_call: 'tool',
      workflow_conditional: 'decision',
      workflow_conditional_eval: 'decision',
      workflow_step: 'other',
      workflow_parallel: 'other',
      workflow_loop: 'other',
      workflow_sleep: 'other',
      workflow_wait_event: 'other',
      processor_run: 'guardrail',
      scorer_run: 'evaluator',
      scorer_step: 'evaluator',
      rag_embedding: 'embedding',
      rag_vector_operation: 'retrieval',
      rag_action: 'retrieval',
      generic: 'other',
    },
  },
  columns: {
    entityName: ['agent.id', 'workflow.id'],
    errorSign: [isText('gen_ai.tool.success', 'false')],
    sessionId: ['mastra.metadata.sessionId', 'mastra.metadata.session_id', 'mastra.metadata.threadId'],
    userId: ['mastra.metadata.userId', 'mastra.metadata.user_id', 'mastra.metadata.resourceId'],
    input: ['mastra.*.input', 'gen_ai.tool.input'],
    output: ['mastra.*.output', 'gen_ai.tool.output'],
    decisionChoice: [
      {
        key: 'mastra.workflow_conditional.selected_steps',
        read: (value) => {
          const steps = value.json();
          return Array.isArray(steps) ? steps.map(asText).join(', ') : null;
        },
      },
      'mastra.workflow_conditional_eval.result',
    ],
  },
};
