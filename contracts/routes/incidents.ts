// Incidents: what they are, and what people do about them.
import { z } from 'zod';
import { contract, nothing } from '../contract.ts';
import { incidentDetailSchema, incidentListSchema, incidentSchema } from '../incident.ts';
import { SCOPE_KINDS } from '../mute.ts';
import { ENDPOINTS } from '../paths.ts';

const params = z.object({ id: z.string().min(1).max(100) });
const byQuery = z.strictObject({
  by: z.string().trim().min(1).max(100).default('someone').describe('Who does it, for the history'),
});
const noteBody = z.strictObject({ note: z.string().trim().max(2000).default('') });

export const muteIncidentSchema = z.strictObject({
  /** `pattern`: this incident's pattern; `agent`: every incident of its agent; `project`: all incidents. */
  scope: z.enum(SCOPE_KINDS).default('pattern'),
  /** null = until it is lifted. */
  until: z.iso.datetime().nullable().default(null),
  /** Also ends when there are ten times as many errors as now, or a version fails that does not fail now. */
  unlessItGrows: z.boolean().default(true),
  why: z.string().trim().min(1, 'say why, for whoever finds it muted').max(2000),
});
export type MuteIncident = z.input<typeof muteIncidentSchema>;

export const INCIDENT_ROUTES = {
  listIncidents: contract({
    ...ENDPOINTS.listIncidents,
    summary: 'Incidents, newest first, at most 500',
    params: nothing,
    query: z.strictObject({
      status: z.enum(['open', 'resolved']).optional().describe('open: firing or recovering'),
      fingerprint: z.string().max(200).optional().describe('Only those of this pattern'),
      agent: z.string().max(500).optional().describe('Only those this agent has part in'),
    }),
    reply: incidentListSchema,
    errors: [],
  }),
  getIncident: contract({
    ...ENDPOINTS.getIncident,
    summary: 'One incident with its history, its example runs in a line each, and what they have in common',
    params,
    query: nothing,
    reply: incidentDetailSchema,
    errors: ['incident_not_found'],
  }),
  acknowledgeIncident: contract({
    ...ENDPOINTS.acknowledgeIncident,
    summary: 'Acknowledges it: nothing more is sent until it ends',
    params,
    query: byQuery,
    body: noteBody,
    reply: incidentSchema,
    errors: ['incident_not_found', 'incident_is_over'],
  }),
  unacknowledgeIncident: contract({
    ...ENDPOINTS.unacknowledgeIncident,
    summary: 'Takes the acknowledgement back: notifications are sent again as if it never was',
    params,
    query: byQuery,
    reply: incidentSchema,
    errors: ['incident_not_found'],
  }),
  muteIncident: contract({
    ...ENDPOINTS.muteIncident,
    summary:
      'Mutes this pattern, its agent, or everything, until a time or until it grows: incidents are recorded, nothing is sent',
    params,
    query: byQuery,
    body: muteIncidentSchema,
    reply: z.object({ muteId: z.string(), incident: incidentSchema }),
    errors: ['incident_not_found'],
  }),
  resolveIncident: contract({
    ...ENDPOINTS.resolveIncident,
    summary: 'Resolves it: the incident ends now, and errors after this begin a new one',
    params,
    query: byQuery,
    body: noteBody,
    reply: incidentSchema,
    errors: ['incident_not_found', 'incident_is_over'],
  }),
} as const;
