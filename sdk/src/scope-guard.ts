// The guard of a running agent: counts its steps and costs, refuses what its scope does not allow. It works without any
// telemetry, since a limit must hold also when nothing is recorded.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { StepKind } from './attributes.ts';
import type { DecisionFacts } from './escalation-context.ts';
import type { ModelPrices } from './prices.ts';
import { errorMessage } from './record-error.ts';
import { ScopeCosts } from './scope-costs.ts';
import type { Limits, RunState, StopConditions } from './scope-limits.ts';
import { AgentStopped, type Stop } from './scope-stop.ts';
import { shared } from './shared-state.ts';

export interface GuardRules {
  name: string;
  version: string | null;
  mayCall: ReadonlySet<string>;
  limits: Limits;
  prices: ModelPrices | undefined;
  stopWhen: StopConditions;
}

const COUNTED: ReadonlySet<StepKind> = new Set([
  'tool',
  'agent',
  'handoff',
  'llm',
  'decision',
  'retrieval',
  'embedding',
]);
const LISTED: ReadonlySet<StepKind> = new Set(['tool', 'agent', 'handoff']);
const KEPT = 100;
const guards = () => shared('guards', () => new AsyncLocalStorage<ScopeGuard | undefined>());

/** The guard of the innermost defined agent around us. */
export function currentGuard(): ScopeGuard | undefined {
  return guards().getStore();
}

export function runGuarded<T>(guard: ScopeGuard | undefined, fn: () => T): T {
  return guards().run(guard, fn);
}

/** The reason to refuse a step that is about to start; undefined when it may start, as always outside a defined agent. Never throws. */
export function refusalOf(kind: StepKind, name: string, isCounted = true): AgentStopped | undefined {
  const guard = currentGuard();
  return isCounted ? guard?.admit(kind, name) : guard?.stopped;
}

/** Adds US dollars to the cost of the defined agents around us. What is no positive number adds nothing. Never throws. */
export function spend(costUsd: number): void {
  currentGuard()?.costs.spend(costUsd);
}

export class ScopeGuard {
  readonly name: string;
  readonly version: string | null;
  readonly costs: ScopeCosts;
  readonly #rules: GuardRules;
  readonly #parent: ScopeGuard | undefined;
  readonly #abort = new AbortController();
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  readonly #decisions: DecisionFacts[] = [];
  readonly #lastSteps: string[] = [];
  #steps = 0;
  #calledModels = false;
  #stopped: AgentStopped | undefined;

  constructor(rules: GuardRules, parent: ScopeGuard | undefined, nowMs: () => number = () => performance.now()) {
    this.name = rules.name;
    this.version = rules.version;
    this.costs = new ScopeCosts(rules.limits.costUsd, rules.prices, parent?.costs);
    this.#rules = rules;
    this.#parent = parent;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  /** Aborted when the run stops. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get stopped(): AgentStopped | undefined {
    return this.#stopped;
  }

  /** What its cost limit could not count, as a sentence; null when there is nothing to say. */
  get costDoubt(): string | null {
    return this.costs.doubt(this.#calledModels);
  }

  get progress(): { steps: number; costUsd: number; elapsedMs: number } {
    return { steps: this.#steps, costUsd: this.costs.spentUsd, elapsedMs: this.#nowMs() - this.#startedMs };
  }

  get state(): RunState {
    return { ...this.progress, decisions: [...this.#decisions], lastSteps: [...this.#lastSteps] };
  }

  /** Admits and counts a step of this run, or returns the reason to refuse it. Steps of inner agents count for the outer ones. */
  admit(kind: StepKind, name: string): AgentStopped | undefined {
    if (!COUNTED.has(kind)) return undefined;
    const refused = this.#check(kind, name) ?? this.#parent?.admitInner(kind);
    if (refused === undefined) this.#count(kind, name);
    return refused;
  }

  /** As `admit`, for a step inside an inner agent, whose own list of permitted calls applies. */
  admitInner(kind: StepKind): AgentStopped | undefined {
    const refused = this.#checkLimits() ?? this.#parent?.admitInner(kind);
    if (refused === undefined) this.#steps += 1;
    return refused;
  }

  noteDecision(decision: DecisionFacts): void {
    keep(this.#decisions, decision);
  }

  /** Stops the run; the first reason stays. */
  stop(stop: Stop): AgentStopped {
    if (this.#stopped === undefined) {
      this.#stopped = new AgentStopped(this.name, stop);
      this.#abort.abort(this.#stopped);
    }
    return this.#stopped;
  }

  /** Checks the stop conditions, as before every step. */
  checkConditions(): AgentStopped | undefined {
    const state = this.state;
    for (const [words, holds] of Object.entries(this.#rules.stopWhen)) {
      const detail = conditionMet(words, holds, state);
      if (detail !== null) return this.stop({ reason: 'stop_condition', detail });
    }
    return undefined;
  }

  #check(kind: StepKind, name: string): AgentStopped | undefined {
    if (this.#stopped !== undefined) return this.#stopped;
    if (LISTED.has(kind) && !this.#rules.mayCall.has(name)) {
      const detail = `${kind} ${name} is not in the permitted list`;
      return this.stop({ reason: 'tool_not_permitted', detail, refused: name });
    }
    return this.#checkLimits();
  }

  #checkLimits(): AgentStopped | undefined {
    if (this.#stopped !== undefined) return this.#stopped;
    const { steps, costUsd } = this.#rules.limits;
    if (steps !== undefined && this.#steps >= steps)
      return this.stop({ reason: 'max_steps', detail: `step limit reached: ${this.#steps} of ${steps} steps` });
    if (costUsd !== undefined && this.costs.isOver)
      return this.stop({
        reason: 'budget',
        detail: `cost limit reached: ${usd(this.costs.spentUsd)} of ${usd(costUsd)} USD`,
      });
    return this.checkConditions();
  }

  #count(kind: StepKind, name: string): void {
    this.#steps += 1;
    if (kind === 'llm') this.#calledModels = true;
    keep(this.#lastSteps, `${kind} ${name}`);
  }
}

/** A condition that throws stops the run: conditions are a safety measure. */
function conditionMet(words: string, holds: (state: RunState) => boolean, state: RunState): string | null {
  try {
    return holds(state) ? words : null;
  } catch (error) {
    return `the stop condition "${words}" failed: ${errorMessage(error)}`;
  }
}

function keep<T>(kept: T[], item: T): void {
  kept.push(item);
  if (kept.length > KEPT) kept.shift();
}

const usd = (amount: number): string => String(Number(amount.toPrecision(4)));
