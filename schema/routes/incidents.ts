// Questions about incidents.
import { z } from 'zod';
import { contract, nothing } from '../contract.ts';
import { incidentListSchema, incidentSchema } from '../incident.ts';

export const INCIDENT_ROUTES = {
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
} as const;
