// circuitBreaker(): stops calls to a service that keeps failing, and tries again after a while. State changes are events on the
// call that caused them; a refused call is a short error span.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CircuitBreakerPolicy } from 'cockatiel';
import { type CircuitState, TELLTALE } from '../attributes.ts';
import { brand } from '../brand.ts';
import { expectCall, expectOptionalFunction, expectOptionalMs, expectOptions, misused } from '../expect.ts';
import { quietly } from '../quietly.ts';
import { errorMessage } from '../record-error.ts';
import type { StepSpan } from '../step-span.ts';
import { type CallOptions, runStep } from './call-options.ts';
import { isResponse } from './error-facts.ts';
import { inputRefOf, noteFailure } from './failure.ts';
import { loadCockatiel } from './load.ts';
import { type Runtime, runtimeOf } from './runtime.ts';
import { isTransient } from './transient.ts';

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
  /** Called on every change of state. */
  onChange?: ((state: CircuitState) => void) | undefined;
  runtime?: Partial<Runtime> | undefined;
}

/** The call was not made, because the circuit is open. `name` is `circuit_open`: the span's `error.type`. */
export class CircuitOpenError extends Error {
  override readonly name = 'circuit_open';
  readonly code = 'circuit_open';
  readonly circuit: string;

  static {
    brand(CircuitOpenError, 'CircuitOpenError');
  }

  constructor(circuit: string, lastFailure: string | null) {
    super(`not called: circuit ${circuit} is open${lastFailure === null ? '' : `; last failure: ${lastFailure}`}`);
    this.circuit = circuit;
  }
}

const USAGE = {
  make: "circuitBreaker('payments', { failures: 5, halfOpenAfterMs: 30_000 })",
  call: "breaker.call('payments.refund', { input }, () => …)",
};

function expectSound(options: CircuitOptions): void {
  expectOptions(USAGE.make, options);
  const { failures, share } = options;
  if (failures !== undefined && !(typeof failures === 'number' && failures >= 1))
    misused(USAGE.make, 'failures must be a whole number from 1 up.');
  if (share !== undefined && !(typeof share === 'number' && share > 0 && share <= 1))
    misused(USAGE.make, 'share must be a number above 0, at most 1.');
  expectOptionalMs(USAGE.make, options, ['overMs', 'halfOpenAfterMs']);
  for (const name of ['counts', 'onChange']) expectOptionalFunction(USAGE.make, options, name);
}

/** One breaker, shared by all calls of one dependency. Make it once, with `circuitBreaker()`. */
export class CircuitBreaker {
  readonly name: string;
  readonly #options: CircuitOptions;
  readonly #runtime: Runtime;
  readonly #here = new AsyncLocalStorage<StepSpan>();
  #opened: Promise<CircuitBreakerPolicy> | undefined;
  #state: CircuitState = 'closed';
  #lastFailure: string | null = null;

  constructor(name: string, options: CircuitOptions = {}) {
    expectSound(options);
    this.name = name;
    this.#options = options;
    this.#runtime = runtimeOf(options.runtime);
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Runs `fn` in a span, or rejects at once with a CircuitOpenError. Rejects with exactly what `fn` throws. */
  async call<T>(name: string, options: CallOptions, fn: (call: { span: StepSpan }) => T | Promise<T>): Promise<T> {
    expectCall(USAGE.call, options, fn);
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
    this.#opened ??= this.#open();
    const policy = await this.#opened;
    const { BrokenCircuitError } = await loadCockatiel();
    try {
      return await this.#here.run(span, () =>
        policy.execute(() => {
          wasCalled = true;
          return fn();
        }),
      );
    } catch (error) {
      if (wasCalled) this.#lastFailure = errorMessage(error);
      else if (error instanceof BrokenCircuitError) throw new CircuitOpenError(this.name, this.#lastFailure);
      throw error;
    } finally {
      span.set(TELLTALE.CIRCUIT_STATE, this.state);
    }
  }

  async #open(): Promise<CircuitBreakerPolicy> {
    const {
      CircuitState: States,
      ConsecutiveBreaker,
      circuitBreaker,
      handleWhen,
      SamplingBreaker,
    } = await loadCockatiel();
    const { failures = 5, share, overMs = 30_000, halfOpenAfterMs = 30_000 } = this.#options;
    const rule = this.#options.counts ?? isTransient;
    const counts = (failure: unknown): boolean => quietly(() => rule(failure)) === true;
    const breaker =
      share === undefined
        ? new ConsecutiveBreaker(failures)
        : new SamplingBreaker({ threshold: share, duration: overMs });
    const policy = circuitBreaker(
      handleWhen(counts).orWhenResult((value) => isResponse(value) && counts(value)),
      { halfOpenAfter: halfOpenAfterMs, breaker },
    );
    policy.onStateChange((state) => {
      if (state === States.Closed) this.#changed('closed');
      else this.#changed(state === States.HalfOpen ? 'half_open' : 'open');
    });
    return policy;
  }

  #changed(state: CircuitState): void {
    const previous = this.#state;
    this.#state = state;
    const span = this.#here.getStore();
    span?.set(TELLTALE.CIRCUIT_PREVIOUS_STATE, previous).event(TELLTALE.CIRCUIT_CHANGED_EVENT, {
      [TELLTALE.CIRCUIT_NAME]: this.name,
      [TELLTALE.CIRCUIT_STATE]: state,
      [TELLTALE.CIRCUIT_PREVIOUS_STATE]: previous,
    });
    quietly(() => this.#options.onChange?.(state));
  }
}

/** Makes a breaker, closed. @throws TypeError on invalid options */
export function circuitBreaker(name: string, options: CircuitOptions = {}): CircuitBreaker {
  return new CircuitBreaker(name, options);
}
