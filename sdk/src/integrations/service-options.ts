// The options of a connected service, and those that each call of it may add.
import { brand } from '../brand.ts';

import type { RetryPolicy } from '../reliability/attempts.ts';
import type { CallOptions } from '../reliability/call-options.ts';
import type { CircuitOptions } from '../reliability/circuit.ts';
import type { DeadLetters } from '../reliability/dead-letters.ts';
import type { Failure } from '../reliability/failure.ts';
import type { KeyOptions } from '../reliability/key-options.ts';
import type { Runtime } from '../reliability/runtime.ts';
import type { StepSpan } from '../step-span.ts';
import { type Drift, recordedPath } from './drift.ts';
import type { RateLimit } from './pacer.ts';
import type { ServiceFetch } from './request.ts';
import type { Schema } from './schema.ts';
import type { AuthOptions } from './token.ts';

export interface ServiceOptions<D = never> {
  /** The version that the agent was made for. Recorded with every call. */
  version?: string | undefined;
  /** The header that carries the version: sent with every request, and compared with the answer's. */
  versionHeader?: string | undefined;
  /** Address that `fetch` and `json` of a call start from. */
  baseUrl?: string | undefined;
  /** What every answer should look like: zod, or any Standard Schema. A call may have its own. */
  schema?: Schema<D> | undefined;
  /** `fail` rejects with a SchemaDriftError when an answer does not fit; `report` (default) only records it. */
  onDrift?: 'report' | 'fail' | undefined;
  /** Health check, for `preflight`. Reject or return false when the service is unhealthy. */
  health?: ((check: HealthCheck) => unknown) | undefined;
  auth?: AuthOptions | undefined;
  rateLimit?: RateLimit | undefined;
  /** False: when the service fails, calls continue without it, marked as degraded. Default true. */
  critical?: boolean | undefined;
  /**
   * Attempts of a call, 3 by default. Without a key a call is repeated when it surely was not processed (connection
   * refused, 429 with Retry-After), or when it sent nothing but GET, HEAD, OPTIONS, PUT and DELETE through `fetch` and `json`.
   */
  retry?: RetryPolicy | undefined;
  /** True: calls may be made twice, whatever they send. False: none may. Default: as `retry` says. A call may have its own. */
  isRepeatable?: boolean | undefined;
  /** One circuit for all calls, or false for none. */
  circuit?: CircuitOptions | false | undefined;
  /** Where calls that failed permanently are kept. */
  deadLetters?: DeadLetters | undefined;
  runtime?: Partial<Runtime> | undefined;
}

export interface HealthCheck {
  signal: AbortSignal;
  fetch: ServiceFetch;
}

export interface ServiceCallOptions<T> extends CallOptions {
  schema?: Schema<T> | undefined;
  onDrift?: 'report' | 'fail' | undefined;
  retry?: RetryPolicy | undefined;
  /** True: this call may be made twice. False: it may not. Default: as the service says. */
  isRepeatable?: boolean | undefined;
  /** The action happens once per key; the key also goes out as the `idempotency-key` header. */
  idempotency?: KeyOptions | undefined;
  /** Replaces the answer when the service is not critical and fails. */
  fallback?: T | ((failure: Failure | undefined) => T) | undefined;
  /** Use the last good answer for the same input instead of `fallback`, when there is one. */
  keepLastGood?: boolean | undefined;
}

export interface ServiceCall {
  /** From 1. */
  attempt: number;
  maxAttempts: number;
  /** Aborted when the attempt's time is over, or when the caller stops. */
  signal: AbortSignal;
  span: StepSpan;
  /** The pinned version. */
  version: string | undefined;
  /** The token to send, when the service has `auth`; `fetch` and `json` send it themselves. */
  token: string | undefined;
  fetch: ServiceFetch;
  /** `fetch`, and the answer's JSON. */
  json: (path: string, init?: RequestInit) => Promise<unknown>;
}

/** What replaced the answer: the given fallback, the last good answer, or nothing. */
export type DegradationMode = 'fallback' | 'cached' | 'skipped';

export type ServiceResult<T> =
  | { degraded: false; value: T; drift: Drift[] }
  | { degraded: true; value: T | undefined; mode: DegradationMode; failure: Failure | undefined; drift: Drift[] };

/** The answer does not fit its schema, and the caller asked to fail then. */
export class SchemaDriftError extends Error {
  override readonly name = 'SchemaDriftError';
  readonly drift: readonly Drift[];

  static {
    brand(SchemaDriftError, 'SchemaDriftError');
  }

  constructor(call: string, drift: readonly Drift[]) {
    const fields = drift.map((each) => `${recordedPath(each)} ${each.kind}`).join(', ');
    super(`the answer of ${call} does not fit its schema: ${fields || 'no field is named'}`);
    this.drift = drift;
  }
}
