// The attempts of one operation: cockatiel's retry decides, each attempt gets a span, each failure its payload.
import { activeContext, agentScope } from '../active-context.ts';
import { TELLTALE } from '../attributes.ts';
import { expectOptionalFunction, expectOptionalMs, misused } from '../expect.ts';
import { quietly } from '../quietly.ts';
import { isA } from '../read.ts';
import { errorMessage } from '../record-error.ts';
import { AgentStopped } from '../scope-stop.ts';
import { failureFor } from '../step-frame.ts';
import type { StepSpan } from '../step-span.ts';
import { type BackoffOptions, backoff } from './backoff.ts';
import { type CallOptions, runStep } from './call-options.ts';
import { isResponse } from './error-facts.ts';
import { inputRefOf, noteFailure } from './failure.ts';
import { HttpError } from './http-error.ts';
import { OutcomeUnknownError } from './key-errors.ts';
import { keyedCall } from './keyed-call.ts';
import { loadCockatiel } from './load.ts';
import { isOutcomeUnknown, markOutcomeUnknown } from './outcome.ts';
import { lastErrorOf, RetriesExhausted } from './retries-exhausted.ts';
import { retryAfterMs } from './retry-after.ts';
import { type Runtime, runtimeOf } from './runtime.ts';
import { within } from './timeout.ts';
import { isTransient, isTransientStatus } from './transient.ts';

export interface RetryPolicy extends BackoffOptions {
  /** The first attempt counts. Default 3. */
  maxAttempts?: number | undefined;
  /** Which failures are worth another attempt. Default: `isTransient`. */
  isTransient?: ((failure: unknown) => boolean) | undefined;
  /** When a server asks for a longer wait than this, the call fails at once. Default 60,000. */
  maxRetryAfterMs?: number | undefined;
  /** Limit of one attempt. */
  timeoutMs?: number | undefined;
  /** Limit of all attempts with the waits between them. */
  totalTimeoutMs?: number | undefined;
}

export interface AttemptOptions extends CallOptions, RetryPolicy {
  runtime?: Partial<Runtime> | undefined;
}

/** Options for callers within the SDK only. */
export interface AttemptRules {
  /** False when the action may have happened and must not be repeated. Called for transient failures. */
  mayRepeat?: ((failure: unknown) => boolean) | undefined;
}

export interface Attempt {
  /** From 1. */
  attempt: number;
  maxAttempts: number;
  /** Aborted when the attempt's time is over, or when the caller's own signal is. Pass it on. */
  signal: AbortSignal;
  /** The span of this attempt. */
  span: StepSpan;
}

/** @throws TypeError naming the part of the policy that is wrong */
export function expectRetryPolicy(usage: string, policy: RetryPolicy): void {
  const { maxAttempts } = policy;
  if (maxAttempts !== undefined && (typeof maxAttempts !== 'number' || Number.isNaN(maxAttempts)))
    misused(usage, 'maxAttempts must be a whole number from 1 up.');
  expectOptionalMs(usage, policy, ['initialDelayMs', 'maxDelayMs', 'maxRetryAfterMs', 'timeoutMs', 'totalTimeoutMs']);
  expectOptionalFunction(usage, policy, 'isTransient');
}

/** The attempts of an operation whose span is open. With one attempt at most, that span is the attempt. */
export async function attempts<T>(
  name: string,
  span: StepSpan,
  options: AttemptOptions & AttemptRules,
  fn: (attempt: Attempt) => T | Promise<T>,
): Promise<T> {
  const { signal, totalTimeoutMs, maxAttempts = 3 } = options;
  const run = new AttemptRun(name, span, options, fn);
  const all = (inner: AbortSignal | undefined): Promise<T> =>
    maxAttempts > 1 ? run.all(inner) : run.one(1, span, inner);
  const result = await (totalTimeoutMs === undefined ? all(signal) : within(name, totalTimeoutMs, signal, all)).catch(
    (error: unknown) => run.giveUp(error),
  );
  if (run.made > 1) quietly(() => run.markLast(result));
  return result;
}

/** Of an attempt that nobody waits for any more. */
const KEY_IS_SETTLED =
  'Not tried again: the call with a key that this is part of has failed in the meantime, for example at a time limit.';

class AttemptRun<T> {
  /** How many attempts were made. */
  made = 0;
  readonly #name: string;
  readonly #operation: StepSpan;
  readonly #options: AttemptOptions & AttemptRules;
  readonly #fn: (attempt: Attempt) => T | Promise<T>;
  readonly #runtime: Runtime;
  readonly #maxAttempts: number;
  #delayMs = 0;
  #signal: AbortSignal | undefined;
  #previous: StepSpan | undefined;
  /** An attempt that was made may have happened, whatever the next ones say. */
  #isUnsure = false;

  constructor(
    name: string,
    operationSpan: StepSpan,
    options: AttemptOptions & AttemptRules,
    fn: (attempt: Attempt) => T | Promise<T>,
  ) {
    this.#name = name;
    this.#operation = operationSpan;
    this.#options = options;
    this.#fn = fn;
    this.#runtime = runtimeOf(options.runtime);
    this.#maxAttempts = Math.max(1, Math.floor(options.maxAttempts ?? 3));
  }

  async all(signal: AbortSignal | undefined): Promise<T> {
    this.#signal = signal;
    const { ExponentialBackoff, handleWhen, retry: retryPolicy } = await loadCockatiel();
    const policy = retryPolicy(
      handleWhen((error) => this.#isWorthMore(error)).orWhenResult(
        (value) => isBadAnswer(value) && this.#isWorthMore(value),
      ),
      {
        maxAttempts: this.#maxAttempts - 1,
        backoff: backoff(ExponentialBackoff, this.#options, this.#runtime, (delayMs) => {
          this.#delayMs = delayMs;
        }),
      },
    );
    try {
      return await policy.execute(({ attempt }) => this.#next(attempt, signal));
    } catch (error) {
      // An agent that reached a limit between two attempts is stopped: the operation did not fail.
      if (this.made < 2 || signal?.aborted || isA(error, AgentStopped)) throw error;
      const exhausted = new RetriesExhausted(this.#summary(errorMessage(error)), { cause: error });
      this.#note(this.#operation, this.made, exhausted);
      throw exhausted;
    }
  }

  async #next(index: number, signal: AbortSignal | undefined): Promise<T> {
    const { input: _input, attributes: _attributes, mayRepeat: _mayRepeat, ...shared } = this.#options;
    if (index > 0) await this.#runtime.sleep(this.#delayMs, signal);
    signal?.throwIfAborted();
    if (index > 0 && keyedCall()?.state === 'failed') throw new OutcomeUnknownError(KEY_IS_SETTLED);
    const run = (span: StepSpan): Promise<T> => {
      const delaySeconds = index === 0 ? undefined : this.#delayMs / 1000;
      span.retryAttempt(index, { maxAttempts: this.#maxAttempts, delaySeconds, previous: this.#previous });
      this.#previous = span;
      return this.one(index + 1, span, signal);
    };
    // The first attempt belongs to the operation that a defined agent has counted; each further one is a step more.
    return runStep(this.#name, shared, {}, run, index > 0);
  }

  /** Runs one attempt in `span`, which is open. */
  async one(attempt: number, span: StepSpan, signal: AbortSignal | undefined): Promise<T> {
    this.made = attempt;
    const maxAttempts = this.#maxAttempts;
    const { timeoutMs } = this.#options;
    if (timeoutMs !== undefined) span.set(TELLTALE.TIMEOUT_LIMIT, timeoutMs / 1000);
    try {
      const result = await within(this.#name, timeoutMs, signal, (inner) =>
        this.#fn({ attempt, maxAttempts, signal: inner, span }),
      );
      if (isBadAnswer(result)) this.#note(span.fail(badAnswer(result)), attempt, badAnswer(result));
      return result;
    } catch (error) {
      this.#note(span, attempt, error);
      throw error;
    }
  }

  /** The last of several attempts was returned: a Response that is still an error fails the operation. */
  markLast(result: T): void {
    if (this.#isUnsure && isResponse(result)) markOutcomeUnknown(result);
    if (isBadAnswer(result)) this.#operation.fail(new RetriesExhausted(this.#summary(`answered ${result.status}`)));
  }

  /** Ends the operation for a reason outside any attempt: the total time is over, or the caller stopped it. */
  giveUp(error: unknown): never {
    if (this.#isUnsure) markOutcomeUnknown(lastErrorOf(error));
    if (failureFor(agentScope(activeContext()).frame, error) === undefined)
      this.#note(this.#operation, Math.max(1, this.made), error);
    throw error;
  }

  #note(span: StepSpan, attempt: number, error: unknown): void {
    if (isOutcomeUnknown(error)) this.#isUnsure = true;
    const inputRef = inputRefOf(this.#operation, this.#options.inputRef);
    const facts = { step: this.#name, attempt, maxAttempts: this.#maxAttempts, inputRef, nowMs: this.#runtime.nowMs() };
    noteFailure(span, error, facts);
  }

  #isWorthMore(failure: unknown): boolean {
    if (isA(failure, AgentStopped)) return this.#stop('aborted');
    if (keyedCall()?.state === 'failed') return this.#stop('outcome_unknown');
    const rule = this.#options.isTransient ?? isTransient;
    // A rule that throws counts as false.
    if (quietly(() => rule(failure)) !== true) return this.#stop('not_transient');
    if (this.#signal?.aborted) return this.#stop('aborted');
    if (this.made >= this.#maxAttempts) return this.#stop('max_attempts');
    if (this.#options.mayRepeat?.(failure) === false) return this.#stop('outcome_unknown');
    const asked = retryAfterMs(failure, this.#runtime.nowMs()) ?? 0;
    return asked <= (this.#options.maxRetryAfterMs ?? 60_000) || this.#stop('retry_after_too_long');
  }

  #stop(reason: string): false {
    this.#operation.set(TELLTALE.RETRY_STOP_REASON, reason);
    return false;
  }

  #summary(last: string): string {
    return `${this.#name} failed ${this.made} times; last: ${last}`;
  }
}

function isBadAnswer(value: unknown): value is Response {
  return isResponse(value) && isTransientStatus(value.status);
}

function badAnswer(response: Response): HttpError {
  return new HttpError(response.status, response.headers);
}
