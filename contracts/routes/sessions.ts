// Questions about sessions.
import { z } from 'zod';
import { contract, nothing } from '../contract.ts';
import { ENDPOINTS } from '../paths.ts';
import { sessionQuerySchema } from '../search.ts';
import { sessionDetailSchema, sessionPageSchema } from '../session.ts';

export const SESSION_ROUTES = {
  listSessions: contract({
    ...ENDPOINTS.listSessions,
    summary: 'Sessions, the one whose last run began last first',
    params: nothing,
    query: sessionQuerySchema,
    reply: sessionPageSchema,
    errors: [],
  }),
  getSession: contract({
    ...ENDPOINTS.getSession,
    summary: 'One session with its runs in order, each with its summary; of more than 200 the newest',
    params: z.object({ sessionId: z.string().min(1).max(4096) }),
    query: nothing,
    reply: sessionDetailSchema,
    errors: ['session_not_found'],
  }),
} as const;
