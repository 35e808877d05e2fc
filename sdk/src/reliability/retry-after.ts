// How long a server asks the client to wait: Retry-After (RFC 9110, 10.2.3), in seconds or as a date, and retry-after-ms.
import { at, listAt } from '../read.ts';
import { chainOf } from './error-facts.ts';

/** Where clients keep the headers of an answer: fetch and OpenAI, axios and got, AWS, the AI SDK, gRPC. */
const HEADERS: readonly (readonly string[])[] = [
  ['headers'],
  ['response', 'headers'],
  ['$response', 'headers'],
  ['responseHeaders'],
  ['metadata'],
];

/**
 * Milliseconds from now, or null when the failure does not say. Reads the headers of an error or a Response and of what
 * caused it; Headers objects and plain objects both; and the `retryDelay` of Google's errors. A date in the past is 0.
 */
export function retryAfterMs(failure: unknown, nowMs: number): number | null {
  for (const error of chainOf(failure)) {
    for (const path of HEADERS) {
      const asked = inHeaders(at(error, ...path), nowMs);
      if (asked !== null) return asked;
    }
    const asked = retryDelayMs(error);
    if (asked !== null) return asked;
  }
  return null;
}

function inHeaders(headers: unknown, nowMs: number): number | null {
  if (headers === undefined || headers === null) return null;
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms', 'grpc-retry-pushback-ms']) {
    const exact = Number.parseFloat(header(headers, name) ?? '');
    if (Number.isFinite(exact) && exact >= 0) return exact;
  }
  return parseRetryAfter(header(headers, 'retry-after'), nowMs);
}

/** `google.rpc.RetryInfo` among the details of an error: `{ retryDelay: '36s' }` or `{ seconds, nanos }`. */
function retryDelayMs(error: unknown): number | null {
  for (const name of ['statusDetails', 'errorDetails', 'details']) {
    for (const detail of listAt(error, name)) {
      const delay = at(detail, 'retryDelay');
      const text = typeof delay === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay)?.[1] : undefined;
      if (text !== undefined) return Number(text) * 1000;
      const seconds = Number(at(delay, 'seconds') ?? 0);
      const nanos = Number(at(delay, 'nanos') ?? 0);
      if (seconds >= 0 && nanos >= 0 && seconds + nanos > 0) return seconds * 1000 + nanos / 1e6;
    }
  }
  return null;
}

/** The header alone: seconds or an HTTP date. null for anything else; it is untrusted input. */
export function parseRetryAfter(value: string | null, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) return Number(text) * 1000;
  // Only HTTP dates: Date.parse alone takes `5-` for a month.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

function header(headers: unknown, name: string): string | null {
  try {
    const get = at(headers, 'get');
    const direct = typeof get === 'function' ? Reflect.apply(get, headers, [name]) : plainHeader(headers, name);
    const value: unknown = Array.isArray(direct) ? direct[0] : direct;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  } catch {
    return null;
  }
}

function plainHeader(headers: unknown, name: string): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : at(headers, key);
}
