// OpenInference (Arize Phoenix instrumentations). https://github.com/Arize-ai/openinference/tree/main/spec
import type { Dialect } from './dialect.ts';
import { textIn } from './sources.ts';

export const openInference: Dialect = {
  name: 'openinference',
  kinds: {
    'openinference.span.kind': {
      AGENT: 'agent',
      CHAIN: 'chain',
      LLM: 'llm',
      TOOL: 'tool',
      RETRIEVER: 'retrieval',
      RERANKER: 'retrieval',
      EMBEDDING: 'embedding',
      GUARDRAIL: 'guardrail',
      EVALUATOR: 'evaluator',
    },
  },
  columns: {
    agent: ['agent.name', 'graph.node.name', 'graph.node.id'],
    sessionId: ['session.id', textIn('metadata', 'session_id', 'sessionId')],
    userId: ['user.id', textIn('metadata', 'user_id', 'userId')],
    model: [
      'llm.response.model_name',
      'llm.model_name',
      'embedding.model_name',
      'reranker.model_name',
      'llm.request.model_name',
    ],
    provider: ['llm.provider', 'llm.system'],
    input: ['input.value', 'tool.parameters', 'reranker.query'],
    output: ['output.value'],
    tokensIn: ['llm.token_count.prompt'],
    tokensOut: ['llm.token_count.completion'],
    tokensCached: ['llm.token_count.prompt_details.cache_read'],
    tokensReasoning: ['llm.token_count.completion_details.reasoning'],
    costUsd: ['llm.cost.total'],
    costInUsd: ['llm.cost.prompt'],
    costOutUsd: ['llm.cost.completion'],
    toolName: ['tool.name'],
    toolCallId: ['tool.id', 'message.tool_call_id'],
  },
  indexed: {
    input: ['llm.input_messages', 'reranker.input_documents'],
    output: ['llm.output_messages', 'retrieval.documents', 'reranker.output_documents'],
  },
};
