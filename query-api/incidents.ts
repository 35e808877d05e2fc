// Answers about incidents, and what people do about them.
import { randomUUID } from 'node:crypto';
import { API } from '#contracts/api';
import type { Incident, IncidentDetail } from '#contracts/incident';
import { ACKS, MUTES, type Mute, RESOLVES } from '#contracts/mute';
import { TelltaleError } from '#domain/errors';
import { commonOf } from '#domain/run/common-facts';
import type { Database } from '#storage/database';
import { readIncidentTransitions } from '#storage/read-incidents';
import { type Put, putSettings } from '#storage/settings';
import type { RunStore } from '#storage/stores';
import { type Route, route } from './route.ts';

export interface IncidentDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly runs: RunStore;
  readIncidents(db: Database, projectId: string): Promise<Incident[]>;
  readIncident(db: Database, projectId: string, id: string): Promise<Incident | null>;
  /** ms since 1970 */
  now(): number;
}

export function incidentRoutes(deps: IncidentDeps): Route[] {
  const { db, projectId, now } = deps;
  const find = async (id: string): Promise<Incident> => {
    const incident = await deps.readIncident(db, projectId, id);
    if (incident === null) throw new TelltaleError('incident_not_found', `There is no incident ${id}.`);
    return incident;
  };
  const findOpen = async (id: string): Promise<Incident> => {
    const incident = await find(id);
    if (incident.status !== 'resolved') return incident;
    throw new TelltaleError('incident_is_over', `The incident ${id} was resolved at ${incident.resolvedAt}.`);
  };
  const put = (change: Put, by: string) => putSettings(db, projectId, [change], by, now());
  const at = () => new Date(now()).toISOString();
  return [
    route(API.listIncidents, async (_params, { status, fingerprint, agent }) => {
      const incidents = await deps.readIncidents(db, projectId);
      return {
        incidents: incidents.filter(
          (incident) =>
            (status === undefined || (status === 'resolved') === (incident.status === 'resolved')) &&
            (fingerprint === undefined || incident.fingerprint === fingerprint) &&
            (agent === undefined || incident.agent === agent || incident.agents.includes(agent)),
        ),
      };
    }),
    route(API.getIncident, async ({ id }) => detailOf(deps, await find(id))),
    route(API.acknowledgeIncident, async ({ id }, { by }, { note }) => {
      await findOpen(id);
      await put({ of: ACKS, id, value: { by, note, at: at() } }, by);
      return find(id);
    }),
    route(API.unacknowledgeIncident, async ({ id }, { by }) => {
      await find(id);
      await put({ of: ACKS, id, value: null }, by);
      return find(id);
    }),
    route(API.muteIncident, async ({ id }, { by }, { scope, until, unlessItGrows, why }) => {
      const incident = await find(id);
      const muteId = randomUUID();
      const { count, versions } = incident;
      const unless = unlessItGrows ? { count, versions } : null;
      const value = { scope: scopeOf(scope, incident), until, unless, by, why, at: at() };
      await put({ of: MUTES, id: muteId, value }, by);
      return { muteId, incident: await find(id) };
    }),
    route(API.resolveIncident, async ({ id }, { by }, { note }) => {
      await findOpen(id);
      await put({ of: RESOLVES, id, value: { by, note, at: at() } }, by);
      return find(id);
    }),
  ];
}

function scopeOf(kind: Mute['scope']['kind'], { fingerprint, subject, agent }: Incident): Mute['scope'] {
  if (kind === 'project') return { kind };
  if (kind === 'pattern') return { kind, fingerprint: fingerprint ?? subject };
  if (agent !== '') return { kind, agent };
  throw new TelltaleError('bad_request', 'body.scope: this incident names no agent', {
    hint: 'Mute the pattern instead.',
  });
}

async function detailOf(
  { db, projectId, runs: store, now }: IncidentDeps,
  incident: Incident,
): Promise<IncidentDetail> {
  const transitions = await readIncidentTransitions(db, projectId, incident.id);
  const summarized = await store.readSummarized(incident.exampleTraceIds, now());
  const runs = incident.exampleTraceIds.flatMap((traceId) => summarized.get(traceId) ?? []);
  return {
    ...incident,
    steps: transitions.map(({ at, what, words }) => ({ at, what, words })),
    examples: runs.map(({ run: { traceId, status, startTime, durationMs }, summary: { headline } }) => {
      return { traceId, headline, status, startTime, durationMs };
    }),
    common: commonOf(runs.map(({ facts }) => facts)),
  };
}
