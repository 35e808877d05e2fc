// Whether a failed action may still have happened. The answer decides whether it may be repeated.
import { at, isA } from '../read.ts';
import { AgentStopped } from '../scope-stop.ts';
import { shared } from '../shared-state.ts';
import { GRPC, grpcCodeOf, isResponse, mcpFailure, namesOf, partsOf, statusOf, verdictOf } from './error-facts.ts';
import { isTransient } from './transient.ts';

/** The connection never came about, so nothing was sent; or the database rolled it back. */
const NOT_DONE_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
  '40001',
  '40P01',
  '53300',
  '57P03',
]);
const NOT_DONE_NAMES: ReadonlySet<string> = new Set(['circuit_open', 'ConnectTimeoutError', 'FailedBeforeError']);
/** What Node was doing when it failed: before a connection there is no request. */
const NOT_DONE_CALLS: ReadonlySet<string> = new Set(['connect', 'getaddrinfo', 'queryA', 'queryAaaa']);
/** Timeout, conflict (it may be with the first request of the same action), and a client that went away. */
const UNSURE_STATUS: ReadonlySet<number> = new Set([408, 409, 499]);
const UNSURE_GRPC: ReadonlySet<number> = new Set([
  GRPC.cancelled,
  GRPC.unknown,
  GRPC.deadlineExceeded,
  GRPC.aborted,
  GRPC.internal,
  GRPC.unavailable,
  GRPC.dataLoss,
]);
/** Ended in the middle; or the answer came and could not be read. */
const UNSURE_NAMES: ReadonlySet<string> = new Set([
  'OutcomeUnknownError',
  'TimeoutError',
  'APIConnectionTimeoutError',
  'HeadersTimeoutError',
  'BodyTimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
  'AbortError',
  'APIUserAbortError',
  'CanceledError',
  'TaskCancelledError',
  'ResponseAborted',
  'SchemaDriftError',
  'SyntaxError',
  'ABORT_ERR',
  'ERR_CANCELED',
  'UND_ERR_ABORTED',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  // Broken after there was a connection.
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'ERR_NETWORK',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_DESTROYED',
  'ERR_STREAM_DESTROYED',
  'ERR_SOCKET_CLOSED',
  'ERR_BAD_RESPONSE',
  'EPROTO',
  'request-timeout',
  'PROTOCOL_CONNECTION_LOST',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'P1017',
]);
/** Parsers, decompression, HTTP/2, and connections of SQL databases (class 08). */
const UNSURE_CODE = /^(HPE_|Z_|ERR_HTTP2_|08(?!001|004)...$)/;
/** Of clients whose errors have no code. A false "unknown" only asks for a decision. */
const UNSURE_WORDS =
  /^terminated$|^socket hang up$|\b(query|read|request) time(d )?out|\bconnection (was )?(terminated|lost|closed|reset)\b/i;
/** Of OpenAI's and Anthropic's clients, whose classes lose their names in a bundle. */
const UNSURE_MESSAGES: ReadonlySet<unknown> = new Set(['Request timed out.', 'Request was aborted.']);

/** Errors that may hide an earlier attempt with an unknown outcome. */
const marked = () => shared('unsureFailures', () => new WeakSet<object>());

/**
 * The default rule of keys. A timeout, an abort, a broken connection, HTTP 408, 409 and 5xx, gRPC 1, 2, 4, 10, 13, 14 and
 * 15, and an answer that came but could not be read leave it open whether the action happened. A connection that was
 * refused, any other 4xx and an error of the application's own do not. Never throws.
 */
export function isOutcomeUnknown(failure: unknown): boolean {
  if (isObject(failure) && marked().has(failure)) return true;
  if (isResponse(failure)) {
    const status = statusOf(failure) ?? 0;
    return status >= 400 && isUnsureStatus(status);
  }
  return verdictOf(failure, judge, true) ?? isTransient(failure);
}

/**
 * Whether a failure says that its request was not processed: nothing was sent, or the server asks to come again.
 * @param asksToWait whether its answer carries a Retry-After
 */
export function wasNotProcessed(failure: unknown, asksToWait: boolean): boolean {
  if (isObject(failure) && marked().has(failure)) return false;
  const status = statusOf(failure);
  if (status !== null) return (status === 429 && asksToWait) || status === 425;
  return (
    verdictOf(failure, (error) => (isNotDone(error) ? true : judge(error) === true ? false : null), false) === true
  );
}

/** Marks an error that ends several attempts or represents an abort: its own status does not show the outcome. */
export function markOutcomeUnknown(failure: unknown): void {
  if (isObject(failure)) marked().add(failure);
}

function judge(error: unknown): boolean | null {
  if (isObject(error) && marked().has(error)) return true;
  if (isNotDone(error)) return false;
  if (isA(error, AgentStopped) || UNSURE_MESSAGES.has(at(error, 'message'))) return true;
  const names = [...namesOf(error), String(at(error, 'code')), String(at(error, 'type'))];
  // Several addresses that were tried say more than the code they are summed up by.
  if (partsOf(error).length === 0 && names.some((name) => UNSURE_NAMES.has(name))) return true;
  if (partsOf(error).length === 0 && UNSURE_CODE.test(String(at(error, 'code')))) return true;
  const status = statusOf(error);
  if (status !== null) return isUnsureStatus(status);
  const grpc = grpcCodeOf(error);
  if (grpc !== null) return UNSURE_GRPC.has(grpc);
  if (mcpFailure(error) !== null) return true;
  return isObject(error) && UNSURE_WORDS.test(String(at(error, 'message'))) ? true : null;
}

const isNotDone = (error: unknown): boolean =>
  NOT_DONE_CODES.has(String(at(error, 'code'))) ||
  NOT_DONE_CALLS.has(String(at(error, 'syscall'))) ||
  NOT_DONE_NAMES.has(String(at(error, 'name'))) ||
  at(error, '$retryable', 'throttling') === true;

/** An error with a good status is an answer that could not be read. */
const isUnsureStatus = (status: number): boolean => status < 400 || status >= 500 || UNSURE_STATUS.has(status);

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
