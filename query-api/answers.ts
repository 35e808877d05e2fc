// What each route of the contract answers.
import { API } from '#schema/api';
import { TelltaleError } from '#schema/errors';
import type { Incident } from '#schema/incident';
import type { Status } from '#schema/status';
import type { Database } from '#storage/database';
import { readStrayLogs, readTraceLogs } from '#storage/read-logs';
import { readSpan } from '#storage/read-span';
import { readTrace } from '#storage/read-trace';
import { searchRuns } from '#storage/search-runs';
import { type Route, route } from './route.ts';

export interface AnswerDeps {
  readonly db: Database;
  readonly projectId: string;
  status(): Status;
  readIncidents(db: Database, projectId: string): Promise<Incident[]>;
  readIncident(db: Database, projectId: string, id: string): Promise<Incident | null>;
  /** ms since 1970 */
  now(): number;
}

export function answers(deps: AnswerDeps): Route[] {
  const { db, projectId } = deps;
  return [
    route(API.getTrace, async ({ traceId }) => {
      const trace = await readTrace(db, projectId, traceId, deps.now());
      return trace ?? unknown('trace_not_found', `There is no trace ${traceId}.`);
    }),
    route(API.getSpan, async ({ traceId, spanId }) => {
      const span = await readSpan(db, projectId, traceId, spanId);
      if (span !== null) return span;
      const trace = await readTrace(db, projectId, traceId, deps.now(), 1);
      return trace === null
        ? unknown('trace_not_found', `There is no trace ${traceId}.`)
        : unknown('span_not_found', `Trace ${traceId} has no span ${spanId}.`);
    }),
    route(API.listTraceLogs, ({ traceId }, { step }) => readTraceLogs(db, projectId, traceId, step === 'none')),
    route(API.listLogs, (_params, query) => readStrayLogs(db, projectId, query)),
    route(API.listRuns, (_params, query) => searchRuns(db, projectId, query, deps.now())),
    route(API.listIncidents, async () => ({ incidents: await deps.readIncidents(db, projectId) })),
    route(API.getIncident, async ({ id }) => {
      const incident = await deps.readIncident(db, projectId, id);
      return incident ?? unknown('incident_not_found', `There is no incident ${id}.`);
    }),
    route(API.getStatus, () => deps.status()),
  ];
}

function unknown(code: 'trace_not_found' | 'span_not_found' | 'incident_not_found', message: string): never {
  throw new TelltaleError(code, message);
}
