// Joining traces across HTTP: W3C Trace Context headers out and in (https://www.w3.org/TR/trace-context/).
import { createTraceState, isSpanContextValid, type SpanContext, TraceFlags, trace } from '@opentelemetry/api';
import { activeContext, runWith } from './active-context.ts';
import { expectFunction } from './expect.ts';
import { quietly } from './quietly.ts';

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** Headers as Node, Express and fetch have them. */
export type IncomingHeaders = Headers | Record<string, string | string[] | undefined>;

/** `traceparent` (and `tracestate`) of the current step, to send with a call; empty outside any span. Never throws. */
export function propagationHeaders(): Record<string, string> {
  const current = quietly(() => trace.getSpanContext(activeContext()));
  if (current === undefined || !isSpanContextValid(current)) return {};
  const flags = (current.traceFlags & 0xff).toString(16).padStart(2, '0');
  const state = current.traceState?.serialize();
  return {
    traceparent: `00-${current.traceId}-${current.spanId}-${flags}`,
    ...(state ? { tracestate: state } : {}),
  };
}

/**
 * Runs `fn` as part of the caller's trace. Without usable headers it just runs `fn`. When another tracing set-up has
 * already continued the same trace, its span stays the parent. @throws TypeError without a function
 */
export function continueTrace<T>(headers: IncomingHeaders, fn: () => T): T {
  expectFunction('continueTrace(request.headers, () => …)', fn);
  const remote = quietly(() => readRemote(headers));
  const active = activeContext();
  if (remote === undefined || trace.getSpanContext(active)?.traceId === remote.traceId) return fn();
  return runWith(trace.setSpan(active, trace.wrapSpanContext(remote)), fn);
}

function readRemote(headers: IncomingHeaders): SpanContext | undefined {
  const match = TRACEPARENT.exec(header(headers, 'traceparent')?.trim() ?? '');
  const [, version, traceId = '', spanId = '', flags = '', more] = match ?? [];
  // Version ff is forbidden; version 00 has exactly four fields, later ones may have more.
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const state = header(headers, 'tracestate');
  const remote = {
    traceId,
    spanId,
    traceFlags,
    isRemote: true,
    ...(state ? { traceState: createTraceState(state) } : {}),
  };
  return isSpanContextValid(remote) ? remote : undefined;
}

function header(headers: IncomingHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  return Array.isArray(value) ? value.join(',') : value;
}
