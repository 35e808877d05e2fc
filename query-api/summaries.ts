// Answers about what runs came to.
import { API } from '#contracts/api';
import type { RunSummaryReply } from '#contracts/summary';
import { TelltaleError } from '#domain/errors';
import type { RunStore } from '#storage/stores';
import { type Route, route } from './route.ts';

export interface SummaryDeps {
  readonly runs: RunStore;
  /** Summarizes a run anew with the LLM writer; null = none is set up, the template writes it. */
  readonly redoWithModel?: ((traceId: string) => Promise<RunSummaryReply | null>) | null;
  /** ms since 1970 */
  now(): number;
}

export function summaryRoutes({ runs, now, redoWithModel }: SummaryDeps): Route[] {
  const redo = redoWithModel ?? ((traceId: string) => runs.redoSummary(traceId, now()));
  return [
    route(API.getSummary, async ({ traceId }) => known(traceId, await runs.readSummary(traceId, now()))),
    route(API.redoSummary, async ({ traceId }) => known(traceId, await redo(traceId))),
  ];
}

function known<T>(traceId: string, found: T | null): T {
  if (found === null) throw new TelltaleError('trace_not_found', `There is no trace ${traceId}.`);
  return found;
}
