// The route table: every question the query API answers, its parameters and its reply. Handlers, OpenAPI and the
// UI's types all come from here. One file per resource is in routes/.
import { z } from 'zod';
import type { Contract } from './contract.ts';
import type { EndpointName } from './paths.ts';
import { CHANNEL_ROUTES } from './routes/channels.ts';
import { DIGEST_ROUTES } from './routes/digests.ts';
import { INCIDENT_ROUTES } from './routes/incidents.ts';
import { MUTE_ROUTES } from './routes/mutes.ts';
import { PATTERN_ROUTES } from './routes/patterns.ts';
import { RULE_ROUTES } from './routes/rules.ts';
import { SESSION_ROUTES } from './routes/sessions.ts';
import { SKIPPED_ROUTES } from './routes/skipped.ts';
import { STATUS_ROUTES } from './routes/status.ts';
import { SUMMARY_ROUTES } from './routes/summaries.ts';
import { TRACE_ROUTES } from './routes/traces.ts';

export const API = {
  ...TRACE_ROUTES,
  ...SUMMARY_ROUTES,
  ...SESSION_ROUTES,
  ...INCIDENT_ROUTES,
  ...MUTE_ROUTES,
  ...PATTERN_ROUTES,
  ...RULE_ROUTES,
  ...CHANNEL_ROUTES,
  ...DIGEST_ROUTES,
  ...SKIPPED_ROUTES,
  ...STATUS_ROUTES,
} as const satisfies Readonly<Record<EndpointName, Contract>>;

/** Every error reply of the API. */
export const errorReplySchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
});
export type ErrorReply = z.infer<typeof errorReplySchema>;
