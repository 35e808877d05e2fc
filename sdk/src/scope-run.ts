// One run of a defined agent: checks input and output, waits for the end or a stop, and notifies whom `escalateTo` names.
import type { Span } from '@opentelemetry/api';
import { TELLTALE } from './attributes.ts';
import type { RunFunction, RunOptions } from './define-agent.ts';
import { allowListeners, onAbort } from './reliability/follow-signal.ts';
import type { AgentDefinition } from './scope-definition.ts';
import { type Around, type EscalationOutcome, notifyOfStop } from './scope-escalation.ts';
import { runGuarded, type ScopeGuard } from './scope-guard.ts';
import type { RunState } from './scope-limits.ts';
import { checkSchema } from './scope-schema.ts';
import { type AgentStopped, inOwnWords, type Stop } from './scope-stop.ts';
import { StepSpan } from './step-span.ts';

/** How a run ended. */
export type AgentResult<Output> =
  | { status: 'finished'; output: Output; traceId: string }
  | {
      status: 'stopped';
      stop: Stop;
      /** The error that ended the run, for callers who would rather throw. */
      error: AgentStopped;
      /** null when nobody is to be notified. */
      escalation: EscalationOutcome | null;
      traceId: string;
    };

/** The handle of a defined agent's run. */
export class AgentRun extends StepSpan {
  readonly #guard: ScopeGuard;

  constructor(span: Span, guard: ScopeGuard) {
    super(span);
    this.#guard = guard;
    // Many parts of a run listen to it.
    allowListeners(guard.signal);
  }

  /** Aborted when the run is stopped; give it to fetch and the like. */
  get signal(): AbortSignal {
    return this.#guard.signal;
  }

  /** How far the run is. */
  get state(): RunState {
    return this.#guard.state;
  }

  /** Adds US dollars to what the run has cost; what is no positive number adds nothing. */
  spend(costUsd: number): this {
    this.#guard.costs.spend(costUsd);
    return this;
  }

  /** Stops the run from inside, for a reason in words. @throws AgentStopped always */
  stop(reason: string): never {
    throw this.#guard.stop(inOwnWords({ reason: 'stop_condition', detail: reason }));
  }
}

/** Runs `fn` under its guard. Rejects with what `fn` throws itself, and with the stop of an agent around it. */
export async function runInScope(
  definition: AgentDefinition,
  input: unknown,
  options: RunOptions,
  around: Around<AgentRun>,
  fn: RunFunction<never, unknown>,
): Promise<AgentResult<unknown>> {
  const { guard, run } = around;
  try {
    const output = await workOf(definition, input, options, around, fn);
    if (guard.stopped === undefined) return { status: 'finished', output, traceId: run.traceId };
  } finally {
    recordProgress(run, guard);
  }
  const error = guard.stopped;
  const escalation = await notifyOfStop(definition, input, error.stop, around);
  return { status: 'stopped', stop: error.stop, error, escalation, traceId: run.traceId };
}

/** The checked output; undefined when the guard was stopped on the way. */
async function workOf(
  definition: AgentDefinition,
  input: unknown,
  options: RunOptions,
  { guard, outer, run }: Around<AgentRun>,
  fn: RunFunction<never, unknown>,
): Promise<unknown> {
  const work = async (): Promise<unknown> => {
    const accepted = await checkSchema(definition.accepts, input);
    // The time ran out during the check of the schema: the function does not start.
    if (guard.stopped !== undefined) throw guard.stopped;
    if (accepted.ok) return runGuarded(guard, async () => fn(accepted.value as never, run));
    const detail = `the input is outside its scope (${brief(accepted.issues)})`;
    throw guard.stop({ reason: 'input_out_of_scope', detail, issues: accepted.issues });
  };
  const ended = await orStop(work(), { guard, outer, timeMs: definition.limits?.timeMs, signal: options.signal });
  if (outer?.stopped !== undefined) throw outer.stopped;
  if (guard.stopped !== undefined) return undefined;
  if ('error' in ended) throw ended.error;
  if (guard.checkConditions() !== undefined) return undefined;
  const produced = await checkSchema(definition.produces, ended.output);
  if (produced.ok) return produced.value;
  const detail = `the output is not what it may give back (${brief(produced.issues)})`;
  guard.stop({ reason: 'output_out_of_scope', detail, issues: produced.issues });
  return undefined;
}

type Ended = { output: unknown } | { error: unknown };

interface Bounds {
  guard: ScopeGuard;
  outer: ScopeGuard | undefined;
  timeMs: number | undefined;
  signal: AbortSignal | undefined;
}

/** Waits for the work, but not beyond the time limit, the caller's signal and the end of the surrounding agent. Never rejects. */
async function orStop(work: Promise<unknown>, { guard, outer, timeMs, signal }: Bounds): Promise<Ended> {
  let release = (): void => undefined;
  const over = new Promise<Ended>((resolve) => {
    const stop = (reason: Stop['reason'], detail: string) => resolve({ error: guard.stop({ reason, detail }) });
    const stopped = () => stop('user_abort', 'its caller aborted it');
    const timer =
      timeMs === undefined
        ? undefined
        : setTimeout(() => stop('timeout', `time limit reached: ${timeMs / 1000} s`), timeMs);
    const releases = [signal, outer?.signal].map((each) => each && onAbort(each, stopped));
    release = () => {
      clearTimeout(timer);
      for (const each of releases) each?.();
    };
  });
  const done = work.then(
    (output): Ended => ({ output }),
    (error: unknown): Ended => ({ error }),
  );
  try {
    return await Promise.race([over, done]);
  } finally {
    release();
  }
}

function recordProgress(run: AgentRun, guard: ScopeGuard): void {
  const { steps, costUsd } = guard.progress;
  run.set({ [TELLTALE.LOOP_ITERATION]: steps, [TELLTALE.BUDGET_SPENT_USD]: costUsd > 0 ? costUsd : undefined });
  const doubt = guard.costDoubt;
  if (doubt !== null) run.warn('cost_unknown', doubt);
}

const brief = (issues: readonly string[]): string =>
  `${issues[0] ?? 'it does not fit'}${issues.length > 1 ? `, and ${issues.length - 1} more` : ''}`;
