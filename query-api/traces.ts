// Answers about traces, runs, spans and logs.
import { API } from '#contracts/api';
import { TelltaleError } from '#domain/errors';
import type { RunStore, TraceStore } from '#storage/stores';
import { type Route, route } from './route.ts';
import { traceAsJson } from './trace-json.ts';

export interface TraceDeps {
  readonly traces: TraceStore;
  readonly runs: RunStore;
  /** ms since 1970 */
  now(): number;
}

export function traceRoutes({ traces, runs, now }: TraceDeps): Route[] {
  return [
    route(API.getTrace, async ({ traceId }, { cursor = null }) => {
      const trace = await traces.readTrace(traceId, now(), cursor);
      return trace === null ? unknown('trace_not_found', `There is no trace ${traceId}.`) : traceAsJson(trace);
    }),
    route(API.getSpan, async ({ traceId, spanId }) => {
      const span = await traces.readSpan(traceId, spanId);
      if (span !== null) return span;
      return (await traces.hasTrace(traceId))
        ? unknown('span_not_found', `Trace ${traceId} has no span ${spanId}.`)
        : unknown('trace_not_found', `There is no trace ${traceId}.`);
    }),
    route(API.listTraceLogs, ({ traceId }, { step }) => traces.listLogs(traceId, step === 'none')),
    route(API.listLogs, (_params, query) => traces.listStrayLogs(query)),
    route(API.listRuns, (_params, query) => runs.search(query, now())),
  ];
}

function unknown(code: 'trace_not_found' | 'span_not_found', message: string): never {
  throw new TelltaleError(code, message);
}
