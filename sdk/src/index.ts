// The public API of @telltale/sdk: what is exported here is what we keep stable.
export type {
  CircuitState,
  ConfidenceSource,
  DeadLetterReason,
  DriftKind,
  Outcome,
  PolicyName,
  StepKind,
  StopReason,
  TargetType,
} from './attributes.ts';
export type { Confidence, ScoredConfidence } from './confidence.ts';
export { confidenceOf, leastSure } from './confidence.ts';
export type { LogprobsOptions } from './confidence-logprobs.ts';
export { confidenceFromLogprobs } from './confidence-logprobs.ts';
export { optionConfidenceFromLogprobs } from './confidence-options.ts';
export type { ClassifierOptions, SelfReportedOptions } from './confidence-scores.ts';
export { confidenceFromClassifier, confidenceFromProbabilities, selfReported } from './confidence-scores.ts';
export type { DecideOptions, Decision } from './decide.ts';
export { decide } from './decide.ts';
export type { DecisionOption } from './decision-option.ts';
export type { Answer, AskPolicy, EscalatePolicy, FallBackPolicy, Held, Policy, Settled } from './decision-policy.ts';
export type { DecisionSpan } from './decision-span.ts';
export type { DefinedAgent, RunFunction, RunOptions } from './define-agent.ts';
export { defineAgent } from './define-agent.ts';
export type { Delivery } from './delivery.ts';
export { describeScope } from './describe-scope.ts';
export type { EscalateOptions } from './escalate.ts';
export { escalate } from './escalate.ts';
export type { DecisionFacts, EscalationContext } from './escalation-context.ts';
export type { Service } from './integrations/connect.ts';
export { connect } from './integrations/connect.ts';
export type { Drift } from './integrations/drift.ts';
export type { RateLimit } from './integrations/pacer.ts';
export type { NamedCheck, PreflightCheck, PreflightOptions, PreflightReport } from './integrations/preflight.ts';
export { PreflightError, preflight } from './integrations/preflight.ts';
export type { ServiceFetch } from './integrations/request.ts';
export type { Schema } from './integrations/schema.ts';
export type {
  DegradationMode,
  HealthCheck,
  ServiceCall,
  ServiceCallOptions,
  ServiceOptions,
  ServiceResult,
} from './integrations/service-options.ts';
export { SchemaDriftError } from './integrations/service-options.ts';
export type { AuthOptions, Token } from './integrations/token.ts';
export type { LlmOptions, LlmResponse, LlmSpan, Usage } from './llm.ts';
export { llm } from './llm.ts';
export type { Mask } from './mask.ts';
export type { ChatMessage } from './messages.ts';
export type { ObserveOpenAIOptions } from './openai/observe-openai.ts';
export { observeOpenAI } from './openai/observe-openai.ts';
export type { ModelPrice, ModelPrices } from './prices.ts';
export type { IncomingHeaders } from './propagate.ts';
export { continueTrace, propagationHeaders } from './propagate.ts';
export type { Attempt, RetryPolicy } from './reliability/attempts.ts';
export type { BackoffOptions } from './reliability/backoff.ts';
export type { CallOptions } from './reliability/call-options.ts';
export type { CircuitBreaker, CircuitOptions } from './reliability/circuit.ts';
export { CircuitOpenError, circuitBreaker } from './reliability/circuit.ts';
export type { DeadLetter, DeadLetterSink, Handled } from './reliability/dead-letter.ts';
export { DeadLetterError } from './reliability/dead-letter.ts';
export type { DeadLetterFileOptions } from './reliability/dead-letter-file.ts';
export { deadLetterFile } from './reliability/dead-letter-file.ts';
export type {
  DeadLetterOptions,
  DeadLetters,
  LetterFacts,
  ReplayOptions,
  ReplayResult,
} from './reliability/dead-letters.ts';
export { deadLetters } from './reliability/dead-letters.ts';
export type { Failure } from './reliability/failure.ts';
export { failureOf } from './reliability/failure.ts';
export { fileKeys } from './reliability/file-keys.ts';
export { HttpError } from './reliability/http-error.ts';
export type { Claim, ClaimRequest, IdempotencyStore, KeyRecord } from './reliability/idempotency-store.ts';
export type { IdempotentOptions } from './reliability/idempotent.ts';
export { idempotent } from './reliability/idempotent.ts';
export { FailedBeforeError, InFlightError, OutcomeUnknownError } from './reliability/key-errors.ts';
export type { KeyOptions } from './reliability/key-options.ts';
export { maskSecrets } from './reliability/mask-secrets.ts';
export { memoryKeys } from './reliability/memory-keys.ts';
export { isOutcomeUnknown } from './reliability/outcome.ts';
export { type RetryOptions, retry } from './reliability/retry.ts';
export type { Runtime } from './reliability/runtime.ts';
export type { TimedCall, TimeoutOptions } from './reliability/timeout.ts';
export { TimeoutError, timeout } from './reliability/timeout.ts';
export { isTransient } from './reliability/transient.ts';
export type { AgentDefinition, AgentEscalation, Callable } from './scope-definition.ts';
export type { EscalationOutcome } from './scope-escalation.ts';
export { spend } from './scope-guard.ts';
export type { Limits, RunState, StopConditions } from './scope-limits.ts';
export type { AgentResult, AgentRun } from './scope-run.ts';
export type { ScopeStopReason, Stop } from './scope-stop.ts';
export { AgentStopped } from './scope-stop.ts';
export type { StartOptions } from './settings.ts';
export type { FlushOptions, StartResult } from './start.ts';
export { flush, shutdown, start } from './start.ts';
export type { AgentOptions, StepOptions, ToolOptions } from './step.ts';
export { agent, step, tool } from './step.ts';
export type { RetryInfo, StepSpan } from './step-span.ts';
export type { WaitForOptions } from './wait-for.ts';
export { waitFor } from './wait-for.ts';
