// Vercel AI SDK 5 and 6 (`experimental_telemetry`). https://ai-sdk.dev/docs/ai-sdk-core/telemetry
import type { Dialect } from './dialect.ts';

export const vercelAi: Dialect = {
  name: 'vercel-ai',
  kinds: {
    'ai.operationId': {
      'ai.generateText': 'wrapper',
      'ai.streamText': 'wrapper',
      'ai.generateObject': 'wrapper',
      'ai.streamObject': 'wrapper',
      'ai.generateText.doGenerate': 'llm',
      'ai.streamText.doStream': 'llm',
      'ai.generateObject.doGenerate': 'llm',
      'ai.streamObject.doStream': 'llm',
      'ai.toolCall': 'tool',
      'ai.embed': 'embedding',
      'ai.embed.doEmbed': 'embedding',
      'ai.embedMany': 'embedding',
      'ai.embedMany.doEmbed': 'embedding',
      'ai.rerank': 'retrieval',
      'ai.rerank.doRerank': 'retrieval',
    },
  },
  columns: {
    agent: ['ai.telemetry.functionId'],
    sessionId: ['ai.telemetry.metadata.sessionId', 'ai.telemetry.metadata.session_id'],
    userId: ['ai.telemetry.metadata.userId', 'ai.telemetry.metadata.user_id'],
    model: ['ai.response.model', 'ai.model.id'],
    provider: ['ai.model.provider'],
    input: ['ai.prompt.messages', 'ai.prompt', 'ai.toolCall.args', 'ai.values', 'ai.value'],
    output: [
      'ai.response.text',
      'ai.response.object',
      'ai.response.toolCalls',
      'ai.toolCall.result',
      'ai.result.text',
      'ai.result.object',
      'ai.result.toolCalls',
    ],
    tokensIn: ['ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'],
    tokensOut: ['ai.usage.outputTokens', 'ai.usage.completionTokens'],
    tokensCached: ['ai.usage.inputTokenDetails.cacheReadTokens', 'ai.usage.cachedInputTokens'],
    tokensReasoning: ['ai.usage.outputTokenDetails.reasoningTokens', 'ai.usage.reasoningTokens'],
    toolName: ['ai.toolCall.name'],
    toolCallId: ['ai.toolCall.id'],
  },
};
