// Which failures are transient: worth another attempt, and counted by a circuit breaker.
import { at } from '../read.ts';
import { GRPC, grpcCodeOf, mcpFailure, namesOf, statusOf, verdictOf } from './error-facts.ts';

/** Request Timeout, Too Early, Too Many Requests (RFC 9110, 8470, 6585); every 5xx counts too. */
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);
/** Codes of Node's sockets and DNS, and of fetch (undici), for connections that broke or never came about. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ERR_HTTP2_STREAM_CANCEL',
  'ERR_HTTP2_GOAWAY_SESSION',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_NETWORK',
  // SQLSTATE: serialization failure, deadlock, too many connections, connection failures, shutdown, starting up.
  '40001',
  '40P01',
  '53300',
  '08000',
  '08003',
  '08006',
  '57P01',
  '57P02',
  '57P03',
]);
const TRANSIENT_GRPC: ReadonlySet<number> = new Set([
  GRPC.deadlineExceeded,
  GRPC.resourceExhausted,
  GRPC.aborted,
  GRPC.internal,
  GRPC.unavailable,
]);
/** Timeouts and broken connections by their class, and AWS's names for throttling. */
const TRANSIENT_NAMES: ReadonlySet<string> = new Set([
  'TimeoutError',
  'APIConnectionError',
  'APIConnectionTimeoutError',
  'ConnectTimeoutError',
  'HeadersTimeoutError',
  'BodyTimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
  'ThrottlingException',
  'ThrottledException',
  'Throttling',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'SlowDown',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalServerException',
  'ModelNotReadyException',
  'ModelTimeoutException',
]);
/** Errors that Anthropic sends in the middle of a stream, where there is no status any more. */
const TRANSIENT_TYPES: ReadonlySet<unknown> = new Set(['overloaded_error', 'rate_limit_error', 'timeout_error']);
/** Of OpenAI's and Anthropic's clients, whose classes lose their names in a bundle. */
const TRANSIENT_MESSAGES: ReadonlySet<unknown> = new Set(['Request timed out.', 'Connection error.']);
/** Our own errors that another attempt does not change. */
const SETTLED_NAMES: ReadonlySet<string> = new Set(['OutcomeUnknownError', 'APIUserAbortError']);

/**
 * The default rule: HTTP status 408, 425, 429 or 5xx, the gRPC codes 4, 8, 10, 13 and 14, a connection that broke (also
 * as the cause of another error, as fetch reports it), or a timeout; and what the client of AWS (`$retryable`) or the AI
 * SDK (`isRetryable`) says itself. A caller's own abort is none. Never throws.
 */
export function isTransient(failure: unknown): boolean {
  return verdictOf(failure, judge, true) === true;
}

function judge(error: unknown): boolean | null {
  const code = at(error, 'code');
  const names = [...namesOf(error), ...(typeof code === 'string' ? [code] : [])];
  if (names.some((name) => SETTLED_NAMES.has(name))) return false;
  if (typeof at(error, '$retryable') === 'object' && at(error, '$retryable') !== null) return true;
  const word = at(error, 'isRetryable');
  if (typeof word === 'boolean') return word;
  const status = statusOf(error);
  if (status !== null) return isTransientStatus(status) || names.some((name) => TRANSIENT_NAMES.has(name));
  if (typeof code === 'string' && TRANSIENT_CODES.has(code)) return true;
  const grpc = grpcCodeOf(error);
  if (grpc !== null) return TRANSIENT_GRPC.has(grpc);
  if (TRANSIENT_TYPES.has(at(error, 'error', 'error', 'type')) || TRANSIENT_TYPES.has(at(error, 'type'))) return true;
  if (mcpFailure(error) !== null || names.some((name) => TRANSIENT_NAMES.has(name))) return true;
  return TRANSIENT_MESSAGES.has(at(error, 'message')) ? true : null;
}

export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUS.has(status) || (status >= 500 && status <= 599);
}
