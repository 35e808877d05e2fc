// Answers about traces, runs, spans and logs.
import { API } from '#contracts/api';
import { TelltaleError } from '#domain/errors';
import type { Database } from '#storage/database';
import { findTraces } from '#storage/find-traces';
import { readStrayLogs, readTraceLogs } from '#storage/read-logs';
import { readSpan } from '#storage/read-span';
import { readTrace } from '#storage/read-trace';
import { searchRuns } from '#storage/search-runs';
import { wholeRunsOf } from '#storage/whole-runs';
import { type Route, route } from './route.ts';
import { traceAsJson } from './trace-json.ts';

export interface TraceDeps {
  readonly db: Database;
  readonly projectId: string;
  /** ms since 1970 */
  now(): number;
}

export function traceRoutes({ db, projectId, now }: TraceDeps): Route[] {
  return [
    route(API.getTrace, async ({ traceId }, { cursor = null }) => {
      const trace = await readTrace(db, projectId, traceId, now(), cursor);
      return trace === null ? unknown('trace_not_found', `There is no trace ${traceId}.`) : traceAsJson(trace);
    }),
    route(API.getSpan, async ({ traceId, spanId }) => {
      const span = await readSpan(db, projectId, traceId, spanId);
      if (span !== null) return span;
      const places = await findTraces(db, projectId, [traceId]);
      return places.size === 0
        ? unknown('trace_not_found', `There is no trace ${traceId}.`)
        : unknown('span_not_found', `Trace ${traceId} has no span ${spanId}.`);
    }),
    route(API.listTraceLogs, ({ traceId }, { step }) => readTraceLogs(db, projectId, traceId, step === 'none')),
    route(API.listLogs, (_params, query) => readStrayLogs(db, projectId, query)),
    // The same list is asked for by every open page, every few seconds.
    route(API.listRuns, (_params, query) =>
      wholeRunsOf(db).shared(`runs ${JSON.stringify(query)} ${projectId}`, () =>
        searchRuns(db, projectId, query, now()),
      ),
    ),
  ];
}

function unknown(code: 'trace_not_found' | 'span_not_found', message: string): never {
  throw new TelltaleError(code, message);
}
