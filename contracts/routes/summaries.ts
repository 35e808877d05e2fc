// Summaries of runs, in plain language.
import { z } from 'zod';
import { contract, noBody, nothing } from '../contract.ts';
import { ENDPOINTS } from '../paths.ts';
import { traceIdSchema } from '../span.ts';
import { runSummaryReplySchema } from '../summary.ts';

const params = z.object({ traceId: traceIdSchema });

export const SUMMARY_ROUTES = {
  getSummary: contract({
    ...ENDPOINTS.getSummary,
    summary: 'A run in at most six sentences, each with the spans that show it, and the facts they are written from',
    params,
    query: nothing,
    reply: runSummaryReplySchema,
    errors: ['trace_not_found'],
  }),
  redoSummary: contract({
    ...ENDPOINTS.redoSummary,
    summary:
      'Writes the summary again from what is stored now; the summary of a run that has not ended is returned and not stored',
    params,
    query: nothing,
    body: noBody,
    reply: runSummaryReplySchema,
    errors: ['trace_not_found'],
  }),
} as const;
