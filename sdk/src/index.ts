// The public API of @telltale/sdk: what is exported here is what we keep stable.
export type { ConfidenceSource, Outcome, StepKind, TargetType } from './attributes.ts';
export type { DecideOptions, Decision, DecisionOption } from './decide.ts';
export { decide } from './decide.ts';
export type { DecisionSpan } from './decision-span.ts';
export type { Delivery } from './delivery.ts';
export type { EscalateOptions } from './escalate.ts';
export { escalate } from './escalate.ts';
export type { LlmOptions, LlmResponse, LlmSpan, Usage } from './llm.ts';
export { llm } from './llm.ts';
export type { ChatMessage } from './messages.ts';
export type { IncomingHeaders } from './propagate.ts';
export { continueTrace, propagationHeaders } from './propagate.ts';
export type { StartOptions } from './settings.ts';
export type { FlushOptions, StartResult } from './start.ts';
export { flush, shutdown, start } from './start.ts';
export type { AgentOptions, StepOptions, ToolOptions } from './step.ts';
export { agent, step, tool } from './step.ts';
export type { RetryInfo, StepSpan } from './step-span.ts';
