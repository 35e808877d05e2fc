// The vocabulary: every attribute name Telltale writes, in one place. The collector reads the same file.
// `telltale.*` follows OpenTelemetry's naming rules (lower case, dots for namespaces, snake_case words) and never
// enters a namespace that OpenTelemetry owns; the standard names beside them come from the semantic conventions.

/** Our own names. Types and meaning: docs/data-dictionary.md. */
export const TELLTALE = {
  STEP_KIND: 'telltale.step.kind',

  DECISION_NAME: 'telltale.decision.name',
  DECISION_INPUT: 'telltale.decision.input',
  DECISION_REASONING: 'telltale.decision.reasoning',
  DECISION_OPTIONS: 'telltale.decision.options',
  /** JSON: [{id, score?, reason?}] */
  DECISION_OPTION_DETAILS: 'telltale.decision.option_details',
  DECISION_CHOICE: 'telltale.decision.choice',
  DECISION_ACTION: 'telltale.decision.action',
  DECISION_OUTCOME: 'telltale.decision.outcome',
  CONFIDENCE_VALUE: 'telltale.decision.confidence.value',
  CONFIDENCE_SOURCE: 'telltale.decision.confidence.source',
  CONFIDENCE_THRESHOLD: 'telltale.decision.confidence.threshold',

  STEP_INPUT: 'telltale.step.input',
  STEP_OUTPUT: 'telltale.step.output',

  ESCALATION_TARGET: 'telltale.escalation.target',
  ESCALATION_TARGET_TYPE: 'telltale.escalation.target_type',
  ESCALATION_REASON: 'telltale.escalation.reason',

  RETRY_ATTEMPT: 'telltale.retry.attempt',
  RETRY_MAX_ATTEMPTS: 'telltale.retry.max_attempts',
  /** Seconds waited before this attempt. */
  RETRY_DELAY: 'telltale.retry.delay',

  STOP_REASON: 'telltale.loop.stop_reason',

  // A log record, never a span: this step has begun and not ended (docs/decisions/0046-open-steps.md).
  OPEN_STEP_EVENT: 'telltale.step.open',
  OPEN_STEP_NAME: 'telltale.open.name',
  OPEN_STEP_PARENT: 'telltale.open.parent_span_id',
  /** Seconds until the process says so again. */
  OPEN_STEP_INTERVAL: 'telltale.open.interval',
  /** True when it is said for the first time. */
  OPEN_STEP_FIRST: 'telltale.open.first',

  /** Span event: the step began to wait; without a target: it goes on. */
  WAITING_EVENT: 'telltale.waiting',
  /** Whom or what a step waits for. On a record of an open step it is there only while it waits. */
  WAITING_FOR: 'telltale.waiting.for',

  /** How a streamed answer ended: complete, left_early, aborted or failed. */
  STREAM_END: 'telltale.stream.end',
  /** Natural logarithms of the probabilities of the tokens of an answer: how many, mean, least. */
  LOGPROBS_COUNT: 'telltale.logprobs.count',
  LOGPROBS_MEAN: 'telltale.logprobs.mean',
  LOGPROBS_MIN: 'telltale.logprobs.min',

  /** Span event: the SDK recorded something it doubts, such as a confidence outside 0..1. */
  WARNING_EVENT: 'telltale.warning',
  WARNING_CODE: 'telltale.warning.code',
  WARNING_MESSAGE: 'telltale.warning.message',
} as const;

/** Standard names that the SDK sets beside ours (OpenTelemetry GenAI and general conventions). */
export const STANDARD = {
  SERVICE_NAME: 'service.name',
  SERVICE_VERSION: 'service.version',
  DEPLOYMENT_ENVIRONMENT: 'deployment.environment.name',
  SESSION_ID: 'session.id',
  USER_ID: 'user.id',
  ERROR_TYPE: 'error.type',
  EXCEPTION_TYPE: 'exception.type',
  EXCEPTION_MESSAGE: 'exception.message',
  EXCEPTION_STACKTRACE: 'exception.stacktrace',
  OPERATION_NAME: 'gen_ai.operation.name',
  AGENT_NAME: 'gen_ai.agent.name',
  AGENT_VERSION: 'gen_ai.agent.version',
  CONVERSATION_ID: 'gen_ai.conversation.id',
  PROVIDER_NAME: 'gen_ai.provider.name',
  REQUEST_MODEL: 'gen_ai.request.model',
  REQUEST_TEMPERATURE: 'gen_ai.request.temperature',
  REQUEST_MAX_TOKENS: 'gen_ai.request.max_tokens',
  REQUEST_TOP_P: 'gen_ai.request.top_p',
  REQUEST_FREQUENCY_PENALTY: 'gen_ai.request.frequency_penalty',
  REQUEST_PRESENCE_PENALTY: 'gen_ai.request.presence_penalty',
  REQUEST_SEED: 'gen_ai.request.seed',
  REQUEST_STOP_SEQUENCES: 'gen_ai.request.stop_sequences',
  REQUEST_CHOICE_COUNT: 'gen_ai.request.choice.count',
  REQUEST_STREAM: 'gen_ai.request.stream',
  REQUEST_ENCODING_FORMATS: 'gen_ai.request.encoding_formats',
  EMBEDDINGS_DIMENSIONS: 'gen_ai.embeddings.dimension.count',
  OUTPUT_TYPE: 'gen_ai.output.type',
  TIME_TO_FIRST_CHUNK: 'gen_ai.response.time_to_first_chunk',
  TOOL_DEFINITIONS: 'gen_ai.tool.definitions',
  OPENAI_SYSTEM_FINGERPRINT: 'openai.response.system_fingerprint',
  OPENAI_SERVICE_TIER: 'openai.response.service_tier',
  HTTP_STATUS: 'http.response.status_code',
  SERVER_ADDRESS: 'server.address',
  SERVER_PORT: 'server.port',
  RESPONSE_MODEL: 'gen_ai.response.model',
  RESPONSE_ID: 'gen_ai.response.id',
  INPUT_MESSAGES: 'gen_ai.input.messages',
  OUTPUT_MESSAGES: 'gen_ai.output.messages',
  SYSTEM_INSTRUCTIONS: 'gen_ai.system_instructions',
  FINISH_REASONS: 'gen_ai.response.finish_reasons',
  INPUT_TOKENS: 'gen_ai.usage.input_tokens',
  OUTPUT_TOKENS: 'gen_ai.usage.output_tokens',
  CACHE_READ_TOKENS: 'gen_ai.usage.cache_read.input_tokens',
  REASONING_TOKENS: 'gen_ai.usage.reasoning.output_tokens',
  TOOL_NAME: 'gen_ai.tool.name',
  TOOL_TYPE: 'gen_ai.tool.type',
  TOOL_DESCRIPTION: 'gen_ai.tool.description',
  TOOL_CALL_ID: 'gen_ai.tool.call.id',
  TOOL_ARGUMENTS: 'gen_ai.tool.call.arguments',
  TOOL_RESULT: 'gen_ai.tool.call.result',
} as const;

/** A header of every reply of a Telltale collector, and what it says: records of open steps are taken on /v1/logs. */
export const ACCEPTS_HEADER = 'telltale-accepts';
export const ACCEPTS_OPEN_STEPS = 'open-steps';

/** Values of `telltale.step.kind`. The collector also accepts embedding, handoff and escalation. */
export const STEP_KINDS = [
  'agent',
  'llm',
  'tool',
  'retrieval',
  'embedding',
  'decision',
  'guardrail',
  'evaluator',
  'handoff',
  'escalation',
  'other',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** Values of `telltale.decision.outcome`. */
export const OUTCOMES = ['executed', 'skipped', 'escalated', 'denied', 'simulated', 'pending', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Values of `telltale.decision.confidence.source`. Never compare confidences of different sources. */
export const CONFIDENCE_SOURCES = [
  'logprobs',
  'probabilities',
  'self_reported',
  'classifier',
  'ensemble',
  'heuristic',
  'human',
] as const;
export type ConfidenceSource = (typeof CONFIDENCE_SOURCES)[number];

/** Values of `telltale.escalation.target_type`. */
export const TARGET_TYPES = ['human', 'agent', 'queue'] as const;
export type TargetType = (typeof TARGET_TYPES)[number];
