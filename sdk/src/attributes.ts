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

  /** How the step ended, where its status does not say it: `cancelled`. */
  STEP_OUTCOME: 'telltale.step.outcome',
  /** What cancelled it: shutdown, exit, crash or signal. */
  STEP_CANCELLED_BY: 'telltale.step.cancelled_by',

  STEP_INPUT: 'telltale.step.input',
  STEP_OUTPUT: 'telltale.step.output',

  ESCALATION_TARGET: 'telltale.escalation.target',
  ESCALATION_TARGET_TYPE: 'telltale.escalation.target_type',
  ESCALATION_REASON: 'telltale.escalation.reason',

  RETRY_ATTEMPT: 'telltale.retry.attempt',
  RETRY_MAX_ATTEMPTS: 'telltale.retry.max_attempts',
  /** Seconds waited before this attempt. */
  RETRY_DELAY: 'telltale.retry.delay',

  /** Why there was no further attempt: not_transient, max_attempts, retry_after_too_long, aborted, outcome_unknown. */
  RETRY_STOP_REASON: 'telltale.retry.stop_reason',
  /** Seconds a call or an attempt may take. */
  TIMEOUT_LIMIT: 'telltale.timeout.limit',
  FAILURE_STEP: 'telltale.failure.step',
  FAILURE_ATTEMPT: 'telltale.failure.attempt',
  FAILURE_INPUT_REF: 'telltale.failure.input_ref',
  CIRCUIT_NAME: 'telltale.circuit.name',
  CIRCUIT_STATE: 'telltale.circuit.state',
  CIRCUIT_PREVIOUS_STATE: 'telltale.circuit.previous_state',
  CIRCUIT_CHANGED_EVENT: 'telltale.circuit.state_changed',
  IDEMPOTENCY_KEY: 'telltale.idempotency.key',
  IDEMPOTENCY_STATUS: 'telltale.idempotency.status',
  DEAD_LETTER_ID: 'telltale.dead_letter.id',
  DEAD_LETTER_QUEUE: 'telltale.dead_letter.queue',
  DEAD_LETTER_REASON: 'telltale.dead_letter.reason',
  DEPENDENCY_NAME: 'telltale.dependency.name',
  /** The version that is pinned. */
  DEPENDENCY_VERSION: 'telltale.dependency.version',
  /** The version that answered, when that is another. */
  DEPENDENCY_VERSION_SEEN: 'telltale.dependency.version_seen',
  SCHEMA_DRIFT_KINDS: 'telltale.schema_drift.kinds',
  SCHEMA_DRIFT_PATHS: 'telltale.schema_drift.paths',
  SCHEMA_DRIFT_SCHEMA_ID: 'telltale.schema_drift.schema_id',
  /** The types that came instead, in the order of the paths; on the event only. */
  SCHEMA_DRIFT_GOT: 'telltale.schema_drift.got',
  SCHEMA_DRIFT_EVENT: 'telltale.schema_drift',
  TOKEN_REFRESH_REASON: 'telltale.auth.refresh_reason',
  TOKEN_REFRESHED_EVENT: 'telltale.auth.token_refreshed',
  /** Seconds a call waited for its turn. */
  RATE_LIMIT_WAITED: 'telltale.rate_limit.waited',
  DEGRADATION_DEPENDENCIES: 'telltale.degradation.dependencies',
  DEGRADATION_MODE: 'telltale.degradation.mode',
  PREFLIGHT_FAILED: 'telltale.preflight.failed',

  STOP_REASON: 'telltale.loop.stop_reason',

  /** True on the first span of this SDK under a span of another tracer or process: with it this part of the run ends. */
  LOCAL_ROOT: 'telltale.local_root',

  // Confidence and policies of decisions; what an escalation asks; scope, limits and stop conditions.
  /** How the confidence was worked out, in words: the formula and the tokens or scores it used. */
  CONFIDENCE_METHOD: 'telltale.decision.confidence.method',
  /** What is to happen below the threshold. */
  DECISION_POLICY: 'telltale.decision.policy',
  /** Set only when the policy stepped in: what it did, and why. */
  DECISION_POLICY_REASON: 'telltale.decision.policy_reason',
  ESCALATION_ASKED: 'telltale.escalation.asked',
  STOP_DETAIL: 'telltale.loop.stop_detail',
  LOOP_ITERATION: 'telltale.loop.iteration',
  LOOP_MAX_ITERATIONS: 'telltale.loop.max_iterations',
  BUDGET_SPENT_USD: 'telltale.budget.spent_usd',
  BUDGET_LIMIT_USD: 'telltale.budget.limit_usd',
  /** Seconds. */
  BUDGET_TIME_LIMIT: 'telltale.budget.time_limit',
  SCOPE_MAY_CALL: 'telltale.scope.may_call',
  /** What did not fit the accepted input or the promised output, one line each. */
  SCOPE_ISSUES: 'telltale.scope.issues',

  // A log record, never a span: this step has begun and not ended (docs/decisions/0046-open-steps.md).
  OPEN_STEP_EVENT: 'telltale.step.open',
  OPEN_STEP_NAME: 'telltale.open.name',
  OPEN_STEP_PARENT: 'telltale.open.parent_span_id',
  /** Seconds until the process says so again. */
  OPEN_STEP_INTERVAL: 'telltale.open.interval',
  /** True when it is said for the first time. */
  OPEN_STEP_FIRST: 'telltale.open.first',

  /** Spans of this run that the SDK lost until its root ended: dropped from a full queue, or not taken. On the root. */
  LOST_OF_RUN: 'telltale.lost.of_run',
  /** The same of the process since it started; on a span now and then, and on records of open steps. */
  LOST_OF_PROCESS: 'telltale.lost.of_process',
  /** True when the SDK cut the span's texts because the receiver did not take it whole. */
  SPAN_SHORTENED: 'telltale.span.shortened',

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
  /** US dollars. Not in the conventions; several clients send it under this name. */
  USAGE_COST: 'gen_ai.usage.cost',
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

/** Values of `telltale.step.cancelled_by`. */
export type CancelledBy = 'shutdown' | 'exit' | 'crash' | 'signal';

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

/** Values of `telltale.decision.policy`: what is done below the threshold. */
export const POLICIES = ['escalate', 'ask', 'fall_back', 'proceed'] as const;
export type PolicyName = (typeof POLICIES)[number];

/** Values of `telltale.loop.stop_reason`: why a run or a loop ended. The first five come from other loops than ours. */
export const STOP_REASONS = [
  'goal_reached',
  'no_tool_call',
  'error',
  'user_abort',
  'escalated',
  'max_steps',
  'budget',
  'timeout',
  'input_out_of_scope',
  'output_out_of_scope',
  'tool_not_permitted',
  'stop_condition',
] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** Values of `telltale.circuit.state`. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** Values of `telltale.dead_letter.reason`. */
export const DEAD_LETTER_REASONS = ['max_attempts', 'invalid', 'expired', 'rejected', 'unknown'] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

/**
 * Values of `telltale.schema_drift.kinds`, the gravest first. `constraint_failed` is no drift: the shape is as it was, and
 * a value breaks a rule of the schema.
 */
export const DRIFT_KINDS = [
  'missing_field',
  'type_changed',
  'enum_changed',
  'unexpected_field',
  'constraint_failed',
] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];
