// Which failures may pass by themselves: worth another attempt, and counted by a circuit breaker.
import { at, isA } from '../read.ts';

/** Request Timeout, Too Early, Too Many Requests (RFC 9110, 8470, 6585); every 5xx counts too. */
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);
/** Codes of Node's sockets and DNS, and of fetch (undici), for connections that broke or never came about. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
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
]);
const MAX_CAUSES = 8;

/**
 * The default rule: HTTP status 408, 425, 429 or 5xx, a connection that broke (also as the cause of another error, as
 * fetch reports it), or a timeout. A caller's own abort is none. Never throws.
 */
export function isTransient(failure: unknown): boolean {
  return causesOf(failure).some((cause) => {
    const status = statusOf(cause);
    if (status !== null) return isTransientStatus(status);
    const code = at(cause, 'code');
    return (typeof code === 'string' && TRANSIENT_CODES.has(code)) || at(cause, 'name') === 'TimeoutError';
  });
}

export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUS.has(status) || (status >= 500 && status <= 599);
}

/** The HTTP status of an error or a Response, however the client names it; null when there is none. */
export function statusOf(failure: unknown): number | null {
  const candidates = [at(failure, 'status'), at(failure, 'statusCode'), at(at(failure, 'response'), 'status')];
  const found = candidates.find((each) => typeof each === 'number' && each >= 100 && each <= 599);
  return typeof found === 'number' ? found : null;
}

/** Whether a value is an answer of fetch, or looks like one. */
export function isResponse(value: unknown): value is Response {
  return statusOf(value) !== null && typeof at(at(value, 'headers'), 'get') === 'function' && !isA(value, Error);
}

/** The failure, its causes and the errors of an AggregateError, outermost first. */
function causesOf(failure: unknown): unknown[] {
  const found: unknown[] = [];
  const open: unknown[] = [failure];
  while (open.length > 0 && found.length < MAX_CAUSES) {
    const next = open.shift();
    if (typeof next !== 'object' || next === null || found.includes(next)) continue;
    found.push(next);
    const errors = at(next, 'errors');
    open.push(at(next, 'cause'), ...(Array.isArray(errors) ? errors : []));
  }
  return found;
}
