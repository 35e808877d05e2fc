// circuitBreaker(): stops calling what keeps failing, and tries again after a while. State changes are events on the
// call that caused them; a refused call is a short error span.
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState as CockatielState,
  ConsecutiveBreaker,
  circuitBreaker as circuitPolicy,
  handleWhen,
  SamplingBreaker,
} from 'cockatiel';
import { type CircuitState, TELLTALE } from '../attributes.ts';
import { quietly } from '../quietly.ts';
import type { StepSpan } from '../step-span.ts';
import { type CallOptions, runStep } from './call-options.ts';
import { inputRefOf, noteFailure } from './failure.ts';
import { type Runtime, runtimeOf } from './runtime.ts';
import { isResponse, isTransient } from './transient.ts';

export interface CircuitOptions {
  /** Opens after so many failures in a row. Default 5; not used when `share` is given. */
  failures?: number | undefined;
  /** Opens when this share of calls (0 to 1) failed over the last `overMs` (default 30,000). */
  share?: number | undefined;
  overMs?: number | undefined;
  /** How long it stays open before one call is let through to try. Default 30,000. */
  halfOpenAfterMs?: number | undefined;
  /** Which failures count. Default: `isTransient`, so that a 400 says nothing about the service. */
  counts?: ((failure: unknown) => boolean) | undefined;
  /** Told of every change of state. */
  onChange?: ((state: CircuitState) => void) | undefined;
  runtime?: Partial<Runtime> | undefined;
}

/** The call was not made, because the circuit is open. `name` is `circuit_open`: the span's `error.type`. */
export class CircuitOpenError extends Error {
  override readonly name = 'circuit_open';
  readonly code = 'circuit_open';
  readonly circuit: string;

  constructor(circuit: string, lastFailure: string | null) {
    super(`not called: circuit ${circuit} is open${lastFailure === null ? '' : `; last failure: ${lastFailure}`}`);
    this.circuit = circuit;
  }
}

/** One breaker, shared by all calls of one dependency. Make it once, with `circuitBreaker()`. */
export class CircuitBreaker {
  readonly name: string;
  readonly #policy: CircuitBreakerPolicy;
  readonly #runtime: Runtime;
  readonly #here = new AsyncLocalStorage<StepSpan>();
  #lastState: CircuitState = 'closed';

  constructor(name: string, options: CircuitOptions = {}) {
    this.name = name;
    this.#runtime = runtimeOf(options.runtime);
    const counts = (failure: unknown): boolean => quietly(() => (options.counts ?? isTransient)(failure)) === true;
    const breaker =
      options.share === undefined
        ? new ConsecutiveBreaker(options.failures ?? 5)
        : new SamplingBreaker({ threshold: options.share, duration: options.overMs ?? 30_000 });
    this.#policy = circuitPolicy(
      handleWhen(counts).orWhenResult((value) => isResponse(value) && counts(value)),
      {
        halfOpenAfter: options.halfOpenAfterMs ?? 30_000,
        breaker,
      },
    );
    this.#policy.onStateChange((state) => this.#changed(stateName(state), options.onChange));
  }

  get state(): CircuitState {
    return stateName(this.#policy.state);
  }

  /** Runs `fn` in a span, or rejects at once with a CircuitOpenError. Rejects with exactly what `fn` throws. */
  call<T>(name: string, options: CallOptions, fn: (call: { span: StepSpan }) => T | Promise<T>): Promise<T> {
    return runStep(name, options, {}, async (span) => {
      try {
        return await this.guard(span, () => fn({ span }));
      } catch (error) {
        const inputRef = inputRefOf(span, options.inputRef);
        noteFailure(span, error, { step: name, attempt: 1, maxAttempts: 1, inputRef, nowMs: this.#runtime.nowMs() });
        throw error;
      }
    });
  }

  /** The same within a span that is open already. */
  async guard<T>(span: StepSpan, fn: () => T | Promise<T>): Promise<T> {
    let wasCalled = false;
    span.set(TELLTALE.CIRCUIT_NAME, this.name);
    try {
      return await this.#here.run(span, () =>
        this.#policy.execute(() => {
          wasCalled = true;
          return fn();
        }),
      );
    } catch (error) {
      if (!wasCalled && error instanceof BrokenCircuitError) throw new CircuitOpenError(this.name, this.#lastFailure());
      throw error;
    } finally {
      span.set(TELLTALE.CIRCUIT_STATE, this.state);
    }
  }

  #changed(state: CircuitState, onChange: CircuitOptions['onChange']): void {
    const previous = this.#lastState;
    this.#lastState = state;
    const span = this.#here.getStore();
    span?.set(TELLTALE.CIRCUIT_PREVIOUS_STATE, previous).event(TELLTALE.CIRCUIT_CHANGED_EVENT, {
      [TELLTALE.CIRCUIT_NAME]: this.name,
      [TELLTALE.CIRCUIT_STATE]: state,
      [TELLTALE.CIRCUIT_PREVIOUS_STATE]: previous,
    });
    quietly(() => onChange?.(state));
  }

  #lastFailure(): string | null {
    const last = this.#policy.lastFailure;
    return last !== undefined && 'error' in last ? last.error.message : null;
  }
}

export function circuitBreaker(name: string, options: CircuitOptions = {}): CircuitBreaker {
  return new CircuitBreaker(name, options);
}

function stateName(state: CockatielState): CircuitState {
  if (state === CockatielState.Closed) return 'closed';
  return state === CockatielState.HalfOpen ? 'half_open' : 'open';
}
