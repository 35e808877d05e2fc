// defineAgent(): an agent with a declared scope: its input, output, permitted calls and limits are enforced at run time.
import { TELLTALE } from './attributes.ts';
import { expectOptionalSignal, expectOptions, splitCall } from './expect.ts';
import { runSpan, type SpanPlan } from './run-span.ts';
import { type AgentDefinition, expectSound, nameOf } from './scope-definition.ts';
import { currentGuard, ScopeGuard } from './scope-guard.ts';
import { type AgentResult, AgentRun, runInScope } from './scope-run.ts';
import type { AnySchema, InputOf, OutputOf } from './scope-schema.ts';
import { isFailure, stopAttributes } from './scope-stop.ts';
import type { AgentOptions } from './step.ts';

export type RunOptions = Pick<AgentOptions, 'sessionId' | 'userId' | 'attributes' | 'captureOutput' | 'inputRef'> & {
  /** Stops the run when aborted. */
  signal?: AbortSignal | undefined;
};

export type RunFunction<Input, Output> = (input: Input, run: AgentRun) => Output | Promise<Output>;

/** An agent whose scope is enforced. */
export interface DefinedAgent<Accepts extends AnySchema = AnySchema, Produces extends AnySchema = AnySchema> {
  readonly definition: Readonly<AgentDefinition<Accepts, Produces>>;
  /**
   * Runs the agent once. `fn` gets the checked input and the run; every `tool`, `llm`, `decide`, `step` and `agent` inside
   * it is held to the scope. Resolves to `finished` with the checked output, or to `stopped` with the condition and what
   * became of the escalation. Rejects with what `fn` throws itself. After a stop by time or by the caller's signal `fn`
   * is not waited for: its next step rejects, and `run.signal` aborts at once.
   */
  run(
    input: InputOf<Accepts>,
    fn: RunFunction<OutputOf<Accepts>, InputOf<Produces>>,
  ): Promise<AgentResult<OutputOf<Produces>>>;
  run(
    input: InputOf<Accepts>,
    options: RunOptions | undefined,
    fn: RunFunction<OutputOf<Accepts>, InputOf<Produces>>,
  ): Promise<AgentResult<OutputOf<Produces>>>;
}

const USAGE = {
  define: "defineAgent({ name: 'refund-desk', mayCall: ['orders.lookup'] })",
  run: 'agent.run(input, options?, (input, run) => …)',
};

/**
 * Declares an agent's scope. Nothing runs yet.
 * @throws TypeError when the definition itself is wrong: no name, or a limit that is no positive number
 */
export function defineAgent<Accepts extends AnySchema = AnySchema, Produces extends AnySchema = AnySchema>(
  definition: AgentDefinition<Accepts, Produces>,
): DefinedAgent<Accepts, Produces> {
  expectOptions(USAGE.define, definition);
  expectSound(definition);
  return {
    definition,
    run: async (input: unknown, ...rest: Rest) => {
      const { options, fn } = splitCall<RunOptions, AnyFunction>(USAGE.run, rest);
      expectOptionalSignal(USAGE.run, options);
      return runOnce(definition, input, options, fn) as Promise<AgentResult<OutputOf<Produces>>>;
    },
  };
}

type AnyFunction = RunFunction<never, unknown>;
type Rest = [fn: AnyFunction] | [options: RunOptions | undefined, fn: AnyFunction];

function runOnce(
  definition: AgentDefinition,
  input: unknown,
  options: RunOptions,
  fn: AnyFunction,
): Promise<AgentResult<unknown>> {
  const { name, version, limits = {}, prices, stopWhen = {} } = definition;
  const mayCall = definition.mayCall.map(nameOf);
  const outer = currentGuard();
  const rules = { name, version: version ?? null, mayCall: new Set(mayCall), limits, prices, stopWhen };
  const guard = new ScopeGuard(rules, outer);
  const plan: SpanPlan = {
    name,
    kind: 'agent',
    operation: 'invoke_agent',
    attributes: {
      [TELLTALE.SCOPE_MAY_CALL]: mayCall,
      [TELLTALE.LOOP_MAX_ITERATIONS]: limits.steps,
      [TELLTALE.BUDGET_LIMIT_USD]: limits.costUsd,
      [TELLTALE.BUDGET_TIME_LIMIT]: limits.timeMs === undefined ? undefined : limits.timeMs / 1000,
    },
    extra: options.attributes,
    inputRef: options.inputRef,
    scope: {
      agentName: name,
      agentVersion: version,
      ...(options.sessionId === undefined ? {} : { sessionId: options.sessionId }),
      ...(options.userId === undefined ? {} : { userId: options.userId }),
    },
  };
  return runSpan(
    plan,
    {
      handle: (span) => new AgentRun(span, guard),
      onStart: (run) => run.setInput(input),
      onResult: (run, result) => {
        if (result.status === 'finished') {
          run.set(TELLTALE.STOP_REASON, 'goal_reached');
          if (options.captureOutput !== false) run.outputDefault(result.output);
          return;
        }
        if (isFailure(result.stop)) run.fail(result.error);
        run.set(stopAttributes(result.stop));
      },
    },
    (run: AgentRun) => runInScope(definition, input, options, { guard, outer, run }, fn),
  );
}
