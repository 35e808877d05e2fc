// The core: runs a function inside a span, whatever its result, and returns or throws exactly what it did.
import { type Context, INVALID_SPAN_CONTEXT, isSpanContextValid, type Span, SpanKind, trace } from '@opentelemetry/api';
import { type AgentScope, activeContext, agentScope, runWith, withAgentScope } from './active-context.ts';
import { STANDARD, type StepKind, TELLTALE } from './attributes.ts';
import { now } from './clock.ts';
import { quietly } from './quietly.ts';
import { recordFailure } from './record-failure.ts';
import { refusalOf } from './scope-guard.ts';
import { markStopped } from './scope-stop.ts';
import { currentPipeline } from './start.ts';
import { newFrame, putFrame } from './step-frame.ts';
import { toAttributes } from './step-span.ts';

/** What a span is before its function runs. */
export interface SpanPlan {
  name: string;
  kind: StepKind;
  /** `gen_ai.operation.name`, where the conventions have one. */
  operation?: string | undefined;
  /** True for calls that leave the process. */
  isRemoteCall?: boolean;
  attributes?: Record<string, unknown>;
  /** The caller's own attributes; untrusted input. */
  extra?: Record<string, unknown> | undefined;
  /** The caller's own reference to the input, for the payload of a failure. */
  inputRef?: string | undefined;
  /** Only agents change it; everything inside inherits it. */
  scope?: AgentScope;
  /** False for a part of a step that was counted already: a stopped agent refuses it, but it counts toward no limit. */
  isCounted?: boolean | undefined;
}

export interface SpanHooks<Handle, Result> {
  handle: (span: Span) => Handle;
  onStart?: (handle: Handle) => void;
  onResult?: (handle: Handle, result: Result) => void;
  onError?: (handle: Handle, error: unknown) => void;
}

/**
 * Runs `fn` now, inside a new span. Resolves to what it returns; rejects with exactly what it throws. A step that a
 * defined agent may not take gets its span too, and rejects with AgentStopped instead of running `fn`.
 */
export async function runSpan<Handle, Result>(
  plan: SpanPlan,
  hooks: SpanHooks<Handle, Result>,
  fn: (handle: Handle) => Result | Promise<Result>,
): Promise<Result> {
  const refusal = refusalOf(plan.kind, plan.name, plan.isCounted);
  const { span, active } = openSpan(plan);
  const handle = hooks.handle(span);
  quietly(() => hooks.onStart?.(handle));
  try {
    if (refusal !== undefined) throw refusal;
    // Awaited inside the context, because a lazy thenable starts its work when awaited.
    const result = await runWith(active, async () => await fn(handle));
    quietly(() => hooks.onResult?.(handle, result));
    return result;
  } catch (error) {
    const isStop = quietly(() => markStopped(span, error, refusal && plan.name));
    if (isStop !== true) recordFailure(span, error);
    quietly(() => hooks.onError?.(handle, error));
    throw error;
  } finally {
    quietly(() => span.end(now()));
  }
}

/** A span that the caller ends; never throws, and records nothing when nothing is started. */
export function openSpan(plan: SpanPlan): { span: Span; active: Context } {
  const parent = activeContext();
  const around = agentScope(parent);
  const frame = quietly(() => newFrame(plan.name, plan.inputRef, around.frame));
  const scope: AgentScope = { ...around, ...plan.scope, frame };
  const recorded = quietly(() => startRecorded(plan, parent, scope));
  scope.recordedTraceId = recorded?.spanContext().traceId ?? around.recordedTraceId;
  const span = recorded ?? trace.wrapSpanContext({ ...INVALID_SPAN_CONTEXT });
  if (frame !== undefined) putFrame(span, frame);
  // Where nothing is recorded the parent stays the span that others see.
  const base = recorded === undefined ? parent : trace.setSpan(parent, recorded);
  return { span, active: withAgentScope(base, scope) };
}

/** Whether the span has a parent in this trace but none of ours around it: that parent may never reach the receiver. */
function isLocalRoot(parent: Context, { recordedTraceId }: AgentScope): boolean {
  const context = trace.getSpanContext(parent);
  return context !== undefined && isSpanContextValid(context) && context.traceId !== recordedTraceId;
}

/** undefined when nothing is started. */
function startRecorded(plan: SpanPlan, parent: Context, scope: AgentScope): Span | undefined {
  const tracer = currentPipeline()?.tracer;
  if (tracer === undefined) return undefined;
  const attributes = toAttributes({
    [TELLTALE.STEP_KIND]: plan.kind,
    [TELLTALE.LOCAL_ROOT]: isLocalRoot(parent, scope) || undefined,
    [STANDARD.OPERATION_NAME]: plan.operation,
    [STANDARD.AGENT_NAME]: scope.agentName,
    [STANDARD.AGENT_VERSION]: scope.agentVersion,
    [STANDARD.SESSION_ID]: scope.sessionId,
    [STANDARD.CONVERSATION_ID]: scope.sessionId,
    [STANDARD.USER_ID]: scope.userId,
    ...plan.attributes,
  });
  Object.assign(attributes, toAttributes(plan.extra ?? {}));
  const kind = plan.isRemoteCall ? SpanKind.CLIENT : SpanKind.INTERNAL;
  return tracer.startSpan(String(plan.name), { kind, attributes, startTime: now() }, parent);
}
