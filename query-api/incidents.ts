// Answers about incidents.
import { API } from '#schema/api';
import { TelltaleError } from '#schema/errors';
import type { Incident } from '#schema/incident';
import type { Database } from '#storage/database';
import { type Route, route } from './route.ts';

export interface IncidentDeps {
  readonly db: Database;
  readonly projectId: string;
  readIncidents(db: Database, projectId: string): Promise<Incident[]>;
  readIncident(db: Database, projectId: string, id: string): Promise<Incident | null>;
}

export function incidentRoutes({ db, projectId, readIncidents, readIncident }: IncidentDeps): Route[] {
  return [
    route(API.listIncidents, async () => ({ incidents: await readIncidents(db, projectId) })),
    route(API.getIncident, async ({ id }) => {
      const incident = await readIncident(db, projectId, id);
      if (incident === null) throw new TelltaleError('incident_not_found', `There is no incident ${id}.`);
      return incident;
    }),
  ];
}
