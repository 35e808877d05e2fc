// The route table: every question the query API answers, its parameters and its reply. Handlers, OpenAPI and the
// UI's types all come from here.
import { z } from 'zod';
import { incidentListSchema, incidentSchema } from './incident.ts';
import { runPageSchema, traceSchema } from './run.ts';
import { logQuerySchema, runQuerySchema } from './search.ts';
import { logListSchema, spanDetailSchema, spanIdSchema, traceIdSchema } from './span.ts';
import { statusSchema } from './status.ts';

export interface Contract<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post';
  /** OpenAPI form: `/api/traces/{traceId}`. */
  readonly path: string;
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  readonly reply: R;
  /** Catalogue codes this route may answer with, besides bad_request and internal. */
  readonly errors: readonly string[];
}

const contract = <P extends z.ZodType, Q extends z.ZodType, R extends z.ZodType>(
  c: Contract<P, Q, R>,
): Contract<P, Q, R> => c;
const nothing = z.object({});

export const API = {
  getTrace: contract({
    method: 'get',
    path: '/api/traces/{traceId}',
    summary: 'One trace: the run and the skeleton of its spans, without payloads',
    params: z.object({ traceId: traceIdSchema }),
    query: nothing,
    reply: traceSchema,
    errors: ['trace_not_found'],
  }),
  getSpan: contract({
    method: 'get',
    path: '/api/traces/{traceId}/spans/{spanId}',
    summary: 'One span with input, output, attributes, resource, events and links',
    params: z.object({ traceId: traceIdSchema, spanId: spanIdSchema }),
    query: nothing,
    reply: spanDetailSchema,
    errors: ['trace_not_found', 'span_not_found'],
  }),
  listTraceLogs: contract({
    method: 'get',
    path: '/api/traces/{traceId}/logs',
    summary: 'Log records that name the trace, oldest first, each once, at most 500; none is an empty list',
    params: z.object({ traceId: traceIdSchema }),
    query: z.strictObject({
      step: z.enum(['any', 'none']).default('any').describe('none: only records that name no span'),
    }),
    reply: logListSchema,
    errors: [],
  }),
  listLogs: contract({
    method: 'get',
    path: '/api/logs',
    summary: 'Log records that name no trace, newest first, each once, at most 500',
    params: nothing,
    query: logQuerySchema,
    reply: logListSchema,
    errors: [],
  }),
  listRuns: contract({
    method: 'get',
    path: '/api/runs',
    summary: 'Runs, newest first',
    params: nothing,
    query: runQuerySchema,
    reply: runPageSchema,
    errors: [],
  }),
  listIncidents: contract({
    method: 'get',
    path: '/api/incidents',
    summary: 'Patterns that fired, newest first',
    params: nothing,
    query: nothing,
    reply: incidentListSchema,
    errors: [],
  }),
  getIncident: contract({
    method: 'get',
    path: '/api/incidents/{id}',
    summary: 'One incident',
    params: z.object({ id: z.string().min(1).max(100) }),
    query: nothing,
    reply: incidentSchema,
    errors: ['incident_not_found'],
  }),
  getStatus: contract({
    method: 'get',
    path: '/api/status',
    summary: 'Counters since start and the last detector tick',
    params: nothing,
    query: nothing,
    reply: statusSchema,
    errors: [],
  }),
} as const;

/** Every error reply of the API. */
export const errorReplySchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
});
export type ErrorReply = z.infer<typeof errorReplySchema>;
