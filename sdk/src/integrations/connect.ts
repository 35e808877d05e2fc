// connect(): an external service that an agent depends on, with its version, schema, token, rate limit and health.
import { TELLTALE } from '../attributes.ts';
import { expectCall, expectOptionalFunction, expectOptionalSignal, expectOptions, misused } from '../expect.ts';
import { quietly } from '../quietly.ts';
import { at, isA } from '../read.ts';
import { expectRetryPolicy } from '../reliability/attempts.ts';
import { CircuitBreaker } from '../reliability/circuit.ts';
import { failureOf } from '../reliability/failure.ts';
import { type CheckedKey, checkedKey, once } from '../reliability/idempotent.ts';
import { lastErrorOf } from '../reliability/retries-exhausted.ts';
import { operation } from '../reliability/retry.ts';
import { type Runtime, runtimeOf } from '../reliability/runtime.ts';
import { AgentStopped } from '../scope-stop.ts';
import type { StepSpan } from '../step-span.ts';
import { checkShape, type Drift, recordedPath } from './drift.ts';
import { Line } from './line.ts';
import { Pacer } from './pacer.ts';
import type { Schema } from './schema.ts';
import {
  type DegradationMode,
  type HealthCheck,
  SchemaDriftError,
  type ServiceCall,
  type ServiceCallOptions,
  type ServiceOptions,
  type ServiceResult,
} from './service-options.ts';
import { TokenKeeper } from './token.ts';

const USAGE = {
  connect: "connect('payments', { baseUrl: 'https://…' })",
  call: "service.call('refund', { input, idempotency: { key, store } }, ({ json }) => …)",
};
/** How many last good answers are kept, by call and input. */
const MAX_LAST_GOOD = 200;
/** Answers to larger inputs are not kept. */
const MAX_KEY_CHARS = 10_000;

/** What a call gives: of the type of its schema, else of the service's schema, else what the function returns. */
type Answer<D, T> = [D] extends [never] ? T : D;

export class Service<D = never> {
  readonly name: string;
  readonly isCritical: boolean;
  readonly version: string | undefined;
  readonly #options: ServiceOptions<D>;
  readonly #runtime: Runtime;
  readonly #line: Line;
  readonly #lastGood = new Map<string, unknown>();

  constructor(name: string, options: ServiceOptions<D>) {
    expectOptions(USAGE.connect, options);
    if (options.retry !== undefined) expectRetryPolicy(USAGE.connect, options.retry);
    expectOptionalFunction(USAGE.connect, options, 'health');
    if (options.auth !== undefined && typeof at(options.auth, 'refresh') !== 'function')
      misused(USAGE.connect, 'auth must have a function refresh, which resolves to a token.');
    this.name = name;
    this.#options = options;
    this.version = options.version;
    this.isCritical = options.critical !== false;
    this.#runtime = runtimeOf(options.runtime);
    const circuit =
      options.circuit === false ? null : new CircuitBreaker(name, { runtime: options.runtime, ...options.circuit });
    const tokens = options.auth === undefined ? null : new TokenKeeper(name, options.auth, this.#runtime);
    this.#line = new Line(
      name,
      options,
      { circuit, tokens, pacer: new Pacer(options.rateLimit, this.#runtime) },
      this.#runtime,
    );
  }

  /**
   * Calls the service in a span `<service>.<name>`: waits its turn, sends a valid token, retries transient
   * failures, and compares the answer with its schema. Rejects with exactly the last error; a service that is not
   * critical resolves to a result with `degraded: true` instead.
   */
  call<T>(
    name: string,
    options: ServiceCallOptions<T> & { schema: Schema<T> },
    fn: (call: ServiceCall) => unknown,
  ): Promise<ServiceResult<T>>;
  call<T>(
    name: string,
    options: ServiceCallOptions<NoInfer<Answer<D, T>>>,
    fn: (call: ServiceCall) => T | Promise<T>,
  ): Promise<ServiceResult<Answer<D, T>>>;
  async call(
    name: string,
    options: ServiceCallOptions<unknown>,
    fn: (call: ServiceCall) => unknown,
  ): Promise<ServiceResult<unknown>> {
    expectCall(USAGE.call, options, fn);
    expectOptionalSignal(USAGE.call, options);
    if (options.retry !== undefined) expectRetryPolicy(USAGE.call, options.retry);
    const keyed = options.idempotency === undefined ? undefined : checkedKey(USAGE.call, options.idempotency);
    const fullName = `${this.name}.${name}`;
    const attributes = { [TELLTALE.DEPENDENCY_NAME]: this.name, [TELLTALE.DEPENDENCY_VERSION]: this.version };
    const recorded = { ...options, captureOutput: false };
    return operation(fullName, recorded, attributes, async (span) => {
      try {
        const answer = await this.#kept(fullName, span, options, keyed, fn);
        const { value, drift } = await this.#checked(fullName, span, answer, options);
        if (options.captureOutput !== false) span.setOutput(value);
        if (options.keepLastGood) this.#remember(fullName, options.input, value);
        return { degraded: false, value, drift };
      } catch (error) {
        // An abort by the caller is no failure of the service, nor is the stop of the calling agent.
        if (this.isCritical || options.signal?.aborted || isA(error, AgentStopped)) throw error;
        return this.#degrade(fullName, span, error, options);
      }
    });
  }

  /** Runs the service's health check. Without one it resolves to false: nothing is known. */
  async checkHealth(signal: AbortSignal, span: StepSpan): Promise<boolean> {
    const { health } = this.#options;
    if (health === undefined) return false;
    span.set({ [TELLTALE.DEPENDENCY_NAME]: this.name, [TELLTALE.DEPENDENCY_VERSION]: this.version });
    const check: HealthCheck = await this.#line.healthCheck(span, signal);
    if ((await health(check)) === false) throw new Error(`${this.name} says that it is not well`);
    return true;
  }

  /** Runs once per key, and keeps a dead letter on a permanent failure, when the options ask for that. */
  #kept(
    fullName: string,
    span: StepSpan,
    options: ServiceCallOptions<unknown>,
    keyed: CheckedKey | undefined,
    fn: (call: ServiceCall) => unknown,
  ): Promise<unknown> {
    const { input, inputRef, signal } = options;
    const run = (): Promise<unknown> => this.#line.call(fullName, span, options, fn);
    const guarded =
      keyed === undefined ? run : () => once(fullName, span, { ...keyed, signal }, this.#options.runtime, run);
    const letters = this.#options.deadLetters;
    if (letters === undefined) return guarded();
    const reference = inputRef ?? `${span.traceId}/${span.spanId}`;
    return letters.catch({ step: fullName, input, inputRef: reference, idempotencyKey: keyed?.key }, guarded);
  }

  async #checked(
    fullName: string,
    span: StepSpan,
    answer: unknown,
    options: ServiceCallOptions<unknown>,
  ): Promise<{ value: unknown; drift: Drift[] }> {
    const schema = options.schema ?? this.#options.schema;
    if (schema === undefined) return { value: answer, drift: [] };
    const { value, fits, drift } = await checkShape<unknown>(schema, answer);
    if (drift.length > 0 || !fits) {
      const facts = {
        [TELLTALE.SCHEMA_DRIFT_KINDS]: drift.map(({ kind }) => kind),
        [TELLTALE.SCHEMA_DRIFT_PATHS]: drift.map(recordedPath),
        [TELLTALE.SCHEMA_DRIFT_SCHEMA_ID]: this.version === undefined ? fullName : `${fullName}@${this.version}`,
      };
      span
        .set(facts)
        .event(TELLTALE.SCHEMA_DRIFT_EVENT, { ...facts, [TELLTALE.SCHEMA_DRIFT_GOT]: drift.map(({ got }) => got) });
    }
    const mode = options.onDrift ?? this.#options.onDrift;
    if (!fits && mode === 'fail') throw new SchemaDriftError(fullName, drift);
    return { value, drift };
  }

  /** Continues without the service: the step is no error, and records what is missing. */
  #degrade(
    fullName: string,
    span: StepSpan,
    error: unknown,
    options: ServiceCallOptions<unknown>,
  ): ServiceResult<unknown> {
    const failure = failureOf(lastErrorOf(error));
    const key = keyOf(fullName, options.input);
    const hasLastGood = options.keepLastGood === true && this.#lastGood.has(key);
    const { fallback } = options;
    const mode: DegradationMode = hasLastGood ? 'cached' : fallback === undefined ? 'skipped' : 'fallback';
    const stoodIn = typeof fallback === 'function' ? fallback(failure) : fallback;
    const value = hasLastGood ? this.#lastGood.get(key) : stoodIn;
    span.set({ [TELLTALE.DEGRADATION_DEPENDENCIES]: [this.name], [TELLTALE.DEGRADATION_MODE]: mode });
    if (options.captureOutput !== false) span.setOutput(value);
    return { degraded: true, value, mode, failure, drift: [] };
  }

  #remember(fullName: string, input: unknown, value: unknown): void {
    quietly(() => {
      const key = keyOf(fullName, input);
      if (key.length > MAX_KEY_CHARS) return;
      this.#lastGood.delete(key);
      this.#lastGood.set(key, value);
      const [oldest] = this.#lastGood.keys();
      if (this.#lastGood.size > MAX_LAST_GOOD && oldest !== undefined) this.#lastGood.delete(oldest);
    });
  }
}

/** Connects a service. @throws TypeError on invalid options. Create it once and share it: token, circuit and rate limit belong to it. */
export function connect<D = never>(service: string, options: ServiceOptions<D> = {}): Service<D> {
  return new Service(service, options);
}

function keyOf(fullName: string, input: unknown): string {
  return `${fullName}\n${quietly(() => JSON.stringify(input)) ?? ''}`;
}
