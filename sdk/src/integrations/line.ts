// The attempts of a call to a service: circuit, rate limit, time limit, token, the call itself, and one token renewal on 401.
import { TELLTALE } from '../attributes.ts';
import { attempts } from '../reliability/attempts.ts';
import type { CircuitBreaker } from '../reliability/circuit.ts';
import { statusOf } from '../reliability/error-facts.ts';
import { wasNotProcessed } from '../reliability/outcome.ts';
import { retryAfterMs } from '../reliability/retry-after.ts';
import type { Runtime } from '../reliability/runtime.ts';
import { within } from '../reliability/timeout.ts';
import type { StepSpan } from '../step-span.ts';
import type { Pacer } from './pacer.ts';
import { type ServiceFetch, serviceFetch } from './request.ts';
import type { HealthCheck, ServiceCall, ServiceCallOptions, ServiceOptions } from './service-options.ts';
import type { TokenKeeper } from './token.ts';

/** What all calls of a service share. */
interface Shared {
  circuit: CircuitBreaker | null;
  tokens: TokenKeeper | null;
  pacer: Pacer;
}

interface OneCall {
  fullName: string;
  options: ServiceCallOptions<unknown>;
  timeoutMs: number | undefined;
  maxHoldMs: number;
  fn: (call: ServiceCall) => unknown;
  /** The token is renewed once per call on a 401. */
  wasRefreshed: boolean;
  sent: Sent;
}

/** What the last attempt did, as far as is known. */
interface Sent {
  /** Its function was called: before that nothing can have happened. */
  wasCalled: boolean;
  /** Methods of the requests that went out through `fetch` and `json`. */
  methods: string[];
}

/** Requests of it that may not be repeated. */
const writesOf = ({ methods }: Sent): number => methods.filter((method) => !IDEMPOTENT_METHODS.has(method)).length;
/** With these requests only, the last answer describes everything that must not be repeated. */
const isOneWrite = (sent: Sent): boolean => writesOf(sent) === 0 || sent.methods.length === 1;

/** Idempotent methods: RFC 9110, 9.2.2. */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

type Place = Pick<ServiceCall, 'attempt' | 'maxAttempts' | 'signal' | 'span'>;

export class Line {
  readonly #service: string;
  readonly #options: ServiceOptions<unknown>;
  readonly #shared: Shared;
  readonly #runtime: Runtime;

  constructor(service: string, options: ServiceOptions<unknown>, shared: Shared, runtime: Runtime) {
    this.#service = service;
    this.#options = options;
    this.#shared = shared;
    this.#runtime = runtime;
  }

  /** All attempts of one call, within the span of the whole. */
  call(
    fullName: string,
    span: StepSpan,
    options: ServiceCallOptions<unknown>,
    fn: (call: ServiceCall) => unknown,
  ): Promise<unknown> {
    // The limit of an attempt begins when it is its turn, so the attempts themselves know of none.
    const { timeoutMs, ...policy } = { ...this.#options.retry, ...options.retry };
    const { runtime } = this.#options;
    const { kind, signal, inputRef } = options;
    const maxHoldMs = policy.maxRetryAfterMs ?? 60_000;
    const sent: Sent = { wasCalled: false, methods: [] };
    const call = { fullName, options, timeoutMs, maxHoldMs, fn, wasRefreshed: false, sent };
    const mayRepeat = (failure: unknown): boolean => this.#mayRepeat(call, failure);
    const all = { ...policy, kind, signal, inputRef, runtime, captureOutput: options.captureOutput, mayRepeat };
    return attempts<unknown>(fullName, span, all, (place) => this.#guarded(call, place));
  }

  /** A token and fetch for a health check: no circuit, no queue, since it checks whether the service is reachable at all. */
  async healthCheck(span: StepSpan, signal: AbortSignal): Promise<HealthCheck> {
    const token = await this.#shared.tokens?.get(span);
    return { signal, fetch: this.#fetch({ span, signal, token, key: undefined, onRequest: () => undefined }) };
  }

  /** Whether a failed call may be made again: with a key that was sent always, else only what does no harm twice. */
  #mayRepeat(call: OneCall, failure: unknown): boolean {
    if (!call.sent.wasCalled || this.#isRepeatable(call)) return true;
    // What it says is of the last request; one before it may have been processed.
    return isOneWrite(call.sent) && wasNotProcessed(failure, retryAfterMs(failure, this.#runtime.nowMs()) !== null);
  }

  #isRepeatable({ options, sent }: OneCall): boolean {
    const hasSent = sent.methods.length > 0;
    // A client of the application's own has not seen the key.
    if (options.idempotency !== undefined && hasSent) return true;
    return options.isRepeatable ?? this.#options.isRepeatable ?? (hasSent && writesOf(sent) === 0);
  }

  #guarded(call: OneCall, place: Place): Promise<unknown> {
    call.sent = { wasCalled: false, methods: [] };
    const { circuit } = this.#shared;
    const paced = (): Promise<unknown> => this.#paced(call, place);
    return circuit === null ? paced() : circuit.guard(place.span, paced);
  }

  async #paced(call: OneCall, place: Place): Promise<unknown> {
    const { span } = place;
    const turn = await this.#shared.pacer.turn(place.signal);
    if (turn.waitedMs > 0) span.set(TELLTALE.RATE_LIMIT_WAITED, turn.waitedMs / 1000);
    if (call.timeoutMs !== undefined) span.set(TELLTALE.TIMEOUT_LIMIT, call.timeoutMs / 1000);
    try {
      return await within(call.fullName, call.timeoutMs, place.signal, (signal) =>
        this.#authorized(call, { ...place, signal }),
      );
    } catch (error) {
      const asked = retryAfterMs(error, this.#runtime.nowMs());
      if (asked !== null) this.#shared.pacer.holdOff(Math.min(asked, call.maxHoldMs));
      throw error;
    } finally {
      turn.release();
    }
  }

  async #authorized(call: OneCall, place: Place): Promise<unknown> {
    const { tokens } = this.#shared;
    if (tokens === null) return this.#once(call, place, undefined);
    const token = await tokens.get(place.span);
    try {
      return await this.#once(call, place, token);
    } catch (error) {
      if (statusOf(error) !== 401 || call.wasRefreshed) throw error;
      if (!isOneWrite(call.sent) && !this.#isRepeatable(call)) throw error;
      call.wasRefreshed = true;
      return this.#once(call, place, await tokens.replace(token, place.span));
    }
  }

  async #once(call: OneCall, place: Place, token: string | undefined): Promise<unknown> {
    const { span, signal } = place;
    // Of this attempt: one that was given up may still send something.
    const { sent } = call;
    sent.wasCalled = true;
    const onRequest = (method: string): unknown => sent.methods.push(method);
    const fetchOwn = this.#fetch({ span, signal, token, key: call.options.idempotency?.key, onRequest });
    const json: ServiceCall['json'] = async (path, init) => (await fetchOwn(path, init)).json();
    try {
      return call.fn({ ...place, version: this.#options.version, token, fetch: fetchOwn, json });
    } catch (error) {
      // It threw before there was anything to wait for, so no answer can have come to it.
      if (sent.methods.length === 0) sent.wasCalled = false;
      throw error;
    }
  }

  #fetch(facts: {
    span: StepSpan;
    signal: AbortSignal;
    token: string | undefined;
    key: string | undefined;
    onRequest: (method: string) => unknown;
  }): ServiceFetch {
    const { baseUrl, version, versionHeader } = this.#options;
    const { tokens } = this.#shared;
    const { span, signal, token, key, onRequest } = facts;
    const ownHeaders: [string, string][] = [];
    if (token !== undefined && tokens !== null) ownHeaders.push(tokens.header(token));
    if (version !== undefined && versionHeader !== undefined) ownHeaders.push([versionHeader, version]);
    if (key !== undefined) ownHeaders.push(['idempotency-key', key]);
    const onAnswer = (response: Response): void => {
      const seen = versionHeader === undefined ? null : response.headers.get(versionHeader);
      if (seen === null || version === undefined || seen === version) return;
      span.set(TELLTALE.DEPENDENCY_VERSION_SEEN, seen);
      span.warn('version_changed', `${this.#service} answers in version ${seen}, pinned is ${version}.`);
    };
    return serviceFetch({ service: this.#service, baseUrl, ownHeaders, signal, onRequest, onAnswer });
  }
}
