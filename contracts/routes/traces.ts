// Questions about traces, runs, spans and logs.
import { z } from 'zod';
import { contract, nothing } from '../contract.ts';
import { ENDPOINTS } from '../paths.ts';
import { runPageSchema, traceSchema } from '../run.ts';
import { logQuerySchema, runQuerySchema } from '../search.ts';
import { logListSchema, spanDetailSchema, spanIdSchema, traceIdSchema } from '../span.ts';

export const TRACE_ROUTES = {
  getTrace: contract({
    ...ENDPOINTS.getTrace,
    summary: 'One trace: the run and the skeleton of its spans, without payloads, at most 20,000 spans a page',
    params: z.object({ traceId: traceIdSchema }),
    query: z.strictObject({
      cursor: z.string().max(100).optional().describe('nextCursor of the page before; without it the first page'),
    }),
    reply: traceSchema,
    errors: ['trace_not_found'],
  }),
  getSpan: contract({
    ...ENDPOINTS.getSpan,
    summary: 'One span with input, output, attributes, resource, events and links',
    params: z.object({ traceId: traceIdSchema, spanId: spanIdSchema }),
    query: nothing,
    reply: spanDetailSchema,
    errors: ['trace_not_found', 'span_not_found'],
  }),
  listTraceLogs: contract({
    ...ENDPOINTS.listTraceLogs,
    summary: 'Log records that name the trace, oldest first, each once, at most 500; none is an empty list',
    params: z.object({ traceId: traceIdSchema }),
    query: z.strictObject({
      step: z.enum(['any', 'none']).default('any').describe('none: only records that name no span'),
    }),
    reply: logListSchema,
    errors: [],
  }),
  listLogs: contract({
    ...ENDPOINTS.listLogs,
    summary: 'Log records that name no trace, newest first, each once, at most 500',
    params: nothing,
    query: logQuerySchema,
    reply: logListSchema,
    errors: [],
  }),
  listRuns: contract({
    ...ENDPOINTS.listRuns,
    summary: 'Runs, newest first',
    params: nothing,
    query: runQuerySchema,
    reply: runPageSchema,
    errors: [],
  }),
} as const;
