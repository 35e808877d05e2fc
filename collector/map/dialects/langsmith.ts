// LangSmith's OpenTelemetry export (langsmith/experimental/otel). https://docs.smith.langchain.com/observability
// Its retrievers and prompts carry a wrong gen_ai.operation.name, so its own kind corrects that.
import type { Dialect } from './dialect.ts';
import { amountIn, isText } from './sources.ts';

const USAGE = 'langsmith.usage_metadata';

export const langSmith: Dialect = {
  name: 'langsmith',
  corrections: {
    'langsmith.span.kind': { retriever: 'retrieval', embedding: 'embedding', prompt: 'other', parser: 'other' },
  },
  kinds: {
    'langsmith.span.kind': { chain: 'chain', llm: 'llm', tool: 'tool' },
  },
  columns: {
    entityName: ['langsmith.trace.name'],
    isRoot: [isText('langsmith.is_root', 'true')],
    sessionId: [
      'langsmith.metadata.session_id',
      'langsmith.metadata.thread_id',
      'langsmith.metadata.conversation_id',
      // Its exporter of AI SDK spans renames ai.telemetry.metadata.* and keeps the author's spelling.
      'langsmith.metadata.sessionId',
      'langsmith.metadata.threadId',
      'langsmith.metadata.conversationId',
    ],
    userId: ['langsmith.metadata.user_id', 'langsmith.metadata.userId'],
    model: ['gen_ai.response.model', 'gen_ai.request.model', 'langsmith.metadata.ls_model_name'],
    // gen_ai.system says `langchain` when it does not know.
    provider: ['langsmith.metadata.ls_provider'],
    tokensIn: ['gen_ai.usage.input_tokens', amountIn(USAGE, 'input_tokens')],
    tokensOut: ['gen_ai.usage.output_tokens', amountIn(USAGE, 'output_tokens')],
    tokensCached: [
      amountIn('gen_ai.usage.input_token_details', 'cache_read'),
      amountIn(USAGE, 'input_token_details.cache_read'),
    ],
    tokensReasoning: [
      amountIn('gen_ai.usage.output_token_details', 'reasoning'),
      amountIn(USAGE, 'output_token_details.reasoning'),
    ],
    costUsd: [amountIn(USAGE, 'total_cost')],
    costInUsd: [amountIn(USAGE, 'input_cost')],
    costOutUsd: [amountIn(USAGE, 'output_cost')],
  },
};
