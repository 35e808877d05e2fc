// The query API as functions, made from the table of its paths and typed by its contracts (types only: zod stays on the
// server).
import type { API, ErrorReply } from '#contracts/api';
import type { BodyOf, Contract, ParamsOf, QueryOf, ReplyOf } from '#contracts/contract';
import { ENDPOINTS, type Endpoint, type EndpointName } from '#contracts/paths';
import { fillPath } from './fill-path.ts';

/** A request that failed: the API's error, or that there was no reply. */
export class ApiError extends Error {
  /** The code of the error catalog, `unreachable` without a reply, or `not_json` when the reply is not Telltale's. */
  readonly code: string;
  readonly hint: string;
  /** HTTP status; 0 without a reply. */
  readonly status: number;
  constructor(status: number, code: string, message: string, hint: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

const isErrorReply = (body: unknown): body is ErrorReply => {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const error: unknown = body.error;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'hint' in error;
};

async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(path, { ...request, ...(signal ? { signal } : {}) }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError(
      0,
      'unreachable',
      'Telltale did not answer.',
      'Check that it is running and reachable from this page.',
    );
  });
  const answer: unknown = await response.json().catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError(
      response.status,
      'not_json',
      `The answer (HTTP ${response.status}) was not JSON.`,
      'Something between this page and Telltale may have answered instead, for example a proxy.',
    );
  });
  if (response.ok) return answer;
  if (isErrorReply(answer)) {
    throw new ApiError(response.status, answer.error.code, answer.error.message, answer.error.hint);
  }
  throw new ApiError(
    response.status,
    'unknown',
    `Telltale answered HTTP ${response.status}.`,
    'See the log of Telltale.',
  );
}

type Contracts = typeof API;

/** `key: T`; left out where `T` has no keys, optional where it needs none of them. */
type Part<Key extends string, T> = [T] extends [undefined]
  ? unknown
  : string extends keyof T
    ? unknown
    : Record<never, never> extends T
      ? { readonly [K in Key]?: T }
      : { readonly [K in Key]: T };

/** The arguments of a route; the query may also be that of an address, which the API validates. */
type Call<C extends Contract> = Part<'params', ParamsOf<C>> &
  Part<'query', QueryOf<C> | URLSearchParams> &
  Part<'body', BodyOf<C>> & { readonly signal?: AbortSignal };

type Client = {
  readonly [Name in EndpointName]: (
    ...given: Record<never, never> extends Call<Contracts[Name]>
      ? [call?: Call<Contracts[Name]>]
      : [call: Call<Contracts[Name]>]
  ) => Promise<ReplyOf<Contracts[Name]>>;
};

export type QueryFor<Name extends EndpointName> = QueryOf<Contracts[Name]>;

/** `?a=1&b=2`, or ''; undefined values are left out, and a list gives one pair per value. */
function queryText(query: URLSearchParams | Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter((each) => each !== undefined).map((each) => [name, String(each)]),
  );
  const text = (query instanceof URLSearchParams ? query : new URLSearchParams(pairs)).toString();
  return text === '' ? '' : `?${text}`;
}

interface AnyCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: URLSearchParams | Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const caller =
  ({ method, path }: Endpoint) =>
  ({ params = {}, query = {}, body, signal }: AnyCall = {}) =>
    ask(method.toUpperCase(), fillPath(path, params) + queryText(query), body, signal);

/**
 * One function per route of the contract, under its name. Each takes what the contract requires: `params`, `query`,
 * `body`, and a `signal` that aborts it.
 * @throws ApiError; or the signal's AbortError, which callers ignore.
 */
export const api = Object.fromEntries(
  Object.entries(ENDPOINTS).map(([name, endpoint]) => [name, caller(endpoint)]),
) as unknown as Client;

/** Any failure as an ApiError that can be shown. */
export function failureOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(
    0,
    'page_error',
    String(error),
    'This is a bug in the page. Reload it; if it happens again, please report it.',
  );
}
