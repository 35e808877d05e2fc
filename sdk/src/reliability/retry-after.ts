// How long a server asks us to wait: Retry-After (RFC 9110, 10.2.3), in seconds or as a date, and retry-after-ms.
import { at } from '../read.ts';

/**
 * Milliseconds from now, or null when the failure does not say. Reads `headers` of an error or a Response, also under
 * `response`; Headers objects and plain objects both. A date in the past is 0.
 */
export function retryAfterMs(failure: unknown, nowMs: number): number | null {
  for (const holder of [failure, at(failure, 'response')]) {
    const headers = at(holder, 'headers');
    const exact = Number.parseFloat(header(headers, 'retry-after-ms') ?? '');
    if (Number.isFinite(exact) && exact >= 0) return exact;
    const asked = parseRetryAfter(header(headers, 'retry-after'), nowMs);
    if (asked !== null) return asked;
  }
  return null;
}

/** Exported for its tests: what strangers send is anything. */
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
