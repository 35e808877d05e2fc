// OpenTelemetry's GenAI conventions, today's names and the ones that were renamed, with the general conventions that
// stand beside them. https://opentelemetry.io/docs/specs/semconv/gen-ai/
import type { Dialect } from './dialect.ts';

export const otelGenAi: Dialect = {
  name: 'otel-genai',
  kinds: {
    'gen_ai.operation.name': {
      invoke_agent: 'agent',
      create_agent: 'agent',
      invoke_workflow: 'agent',
      plan: 'agent',
      chat: 'llm',
      text_completion: 'llm',
      generate_content: 'llm',
      embeddings: 'embedding',
      retrieval: 'retrieval',
      search_memory: 'retrieval',
      execute_tool: 'tool',
      decide: 'decision',
      apply_guardrail: 'guardrail',
      evaluation: 'evaluator',
      // Not in the registry, but sent: a step, a chunk or a generation around the model call, and guards.
      agent_step: 'other',
      model_chunk: 'other',
      model_generation: 'other',
      chain: 'other',
      'guardrail.run': 'guardrail',
      guard: 'guardrail',
    },
  },
  columns: {
    service: ['service.name'],
    serviceVersion: ['service.version'],
    agent: ['gen_ai.agent.name'],
    agentVersion: ['gen_ai.agent.version'],
    sessionId: ['session.id', 'gen_ai.conversation.id'],
    userId: ['user.id', 'enduser.id'],
    model: ['gen_ai.response.model', 'gen_ai.request.model'],
    provider: ['gen_ai.provider.name', 'gen_ai.system'],
    input: ['gen_ai.input.messages', 'gen_ai.tool.call.arguments', 'gen_ai.retrieval.query.text', 'gen_ai.prompt'],
    output: ['gen_ai.output.messages', 'gen_ai.tool.call.result', 'gen_ai.retrieval.documents', 'gen_ai.completion'],
    tokensIn: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'],
    tokensOut: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'],
    tokensCached: [
      'gen_ai.usage.cache_read.input_tokens',
      'gen_ai.usage.cache_read_input_tokens',
      'gen_ai.openai.response.cached_tokens',
    ],
    tokensReasoning: ['gen_ai.usage.reasoning.output_tokens', 'gen_ai.usage.reasoning_tokens'],
    errorType: ['error.type'],
    errorMessage: ['error.message'],
    toolName: ['gen_ai.tool.name'],
    toolCallId: ['gen_ai.tool.call.id'],
    retryAttempt: ['http.request.resend_count'],
  },
  indexed: { input: ['gen_ai.prompt'], output: ['gen_ai.completion'] },
};
