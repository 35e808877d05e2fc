// agent(), step() and tool(): run a function as a named part of an agent's work.
import { STANDARD, type StepKind } from './attributes.ts';
import { splitCall } from './expect.ts';
import { quietly } from './quietly.ts';
import { runSpan, type SpanHooks, type SpanPlan } from './run-span.ts';
import { StepSpan } from './step-span.ts';

/** The function that a step runs; it may be sync or async. */
export type StepFunction<T, Handle = StepSpan> = (span: Handle) => T | Promise<T>;

interface CommonOptions {
  /** What the step works on. Recorded unless content capture is off. */
  input?: unknown;
  /** Your own reference to the input, such as `order:48213`, for the payload of a failure. Default: this span. */
  inputRef?: string | undefined;
  /** False leaves the return value out of the span; `span.setOutput` still works. Default true. */
  captureOutput?: boolean | undefined;
  /** Further attributes of your own. */
  attributes?: Record<string, unknown> | undefined;
}

export interface AgentOptions extends CommonOptions {
  /** Version of the agent, so that runs before and after a change can be compared. */
  version?: string | undefined;
  /** The conversation this run belongs to. Inner steps and agents inherit it. */
  sessionId?: string | undefined;
  /** The customer or user it works for. Inner steps and agents inherit it. */
  userId?: string | undefined;
}

export interface StepOptions extends CommonOptions {
  /** What kind of step it is: retrieval, guardrail, evaluator, handoff… Default other. */
  kind?: StepKind | undefined;
}

export interface ToolOptions extends CommonOptions {
  /** The model's id of this tool call. */
  callId?: string | undefined;
  description?: string | undefined;
}

const USAGE = {
  agent: 'agent(name, options?, (span) => …), with a name and a function.',
  step: 'step(name, options?, (span) => …), with a name and a function.',
  tool: 'tool(name, options?, (span) => …), with a name and a function.',
};

/** Runs one agent. Every span inside carries its name, version, session and user. */
export function agent<T>(name: string, fn: StepFunction<T>): Promise<T>;
export function agent<T>(name: string, options: AgentOptions | undefined, fn: StepFunction<T>): Promise<T>;
export async function agent<T>(name: string, ...rest: Rest<AgentOptions, T>): Promise<T> {
  const { options, fn } = splitCall<AgentOptions, StepFunction<T>>(USAGE.agent, rest);
  const scope = {
    agentName: name,
    // An inner agent never inherits the outer agent's version.
    agentVersion: options.version,
    ...(options.sessionId === undefined ? {} : { sessionId: options.sessionId }),
    ...(options.userId === undefined ? {} : { userId: options.userId }),
  };
  const plan: SpanPlan = {
    name,
    kind: 'agent',
    operation: 'invoke_agent',
    extra: options.attributes,
    inputRef: options.inputRef,
    scope,
  };
  return runSpan(
    plan,
    hooks(options, (span) => new StepSpan(span)),
    fn,
  );
}

/** `gen_ai.operation.name` of the kinds for which the conventions have one. */
const OPERATIONS: Partial<Record<StepKind, string>> = {
  agent: 'invoke_agent',
  llm: 'chat',
  tool: 'execute_tool',
  decision: 'decide',
  retrieval: 'retrieval',
  embedding: 'embeddings',
};

/** Runs any other part of the work: retrieval, guardrail, evaluator, a retry attempt, your own code. */
export function step<T>(name: string, fn: StepFunction<T>): Promise<T>;
export function step<T>(name: string, options: StepOptions | undefined, fn: StepFunction<T>): Promise<T>;
export async function step<T>(name: string, ...rest: Rest<StepOptions, T>): Promise<T> {
  const { options, fn } = splitCall<StepOptions, StepFunction<T>>(USAGE.step, rest);
  return runOther(name, options, fn);
}

/** `step()` for callers within the SDK. @param isCounted as in SpanPlan */
export function runOther<T>(name: string, options: StepOptions, fn: StepFunction<T>, isCounted?: boolean): Promise<T> {
  const kind = options.kind ?? 'other';
  const plan: SpanPlan = {
    name,
    kind,
    operation: quietly(() => OPERATIONS[kind]),
    extra: options.attributes,
    inputRef: options.inputRef,
    isCounted,
  };
  return runSpan(
    plan,
    hooks(options, (span) => new StepSpan(span)),
    fn,
  );
}

/** Runs one tool call. `input` is recorded as the call's arguments, the return value as its result. */
export function tool<T>(name: string, fn: StepFunction<T>): Promise<T>;
export function tool<T>(name: string, options: ToolOptions | undefined, fn: StepFunction<T>): Promise<T>;
export async function tool<T>(name: string, ...rest: Rest<ToolOptions, T>): Promise<T> {
  const { options, fn } = splitCall<ToolOptions, StepFunction<T>>(USAGE.tool, rest);
  return runTool(name, options, fn);
}

/** `tool()` for callers within the SDK. @param isCounted as in SpanPlan */
export function runTool<T>(name: string, options: ToolOptions, fn: StepFunction<T>, isCounted?: boolean): Promise<T> {
  const attributes = {
    [STANDARD.TOOL_NAME]: name,
    [STANDARD.TOOL_TYPE]: 'function',
    [STANDARD.TOOL_CALL_ID]: options.callId,
    [STANDARD.TOOL_DESCRIPTION]: options.description,
  };
  const { attributes: extra, inputRef } = options;
  const plan: SpanPlan = { name, kind: 'tool', operation: 'execute_tool', attributes, extra, inputRef, isCounted };
  return runSpan(
    plan,
    hooks(options, (span) => new StepSpan(span, STANDARD.TOOL_ARGUMENTS, STANDARD.TOOL_RESULT)),
    fn,
  );
}

type Rest<Options, T> = [fn: StepFunction<T>] | [options: Options | undefined, fn: StepFunction<T>];

function hooks<T>(options: CommonOptions, handle: SpanHooks<StepSpan, T>['handle']): SpanHooks<StepSpan, T> {
  return {
    handle,
    onStart: (span) => span.setInput(options.input),
    onResult: (span, result) => {
      if (options.captureOutput !== false) span.outputDefault(result);
    },
  };
}
