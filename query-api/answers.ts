// What each route of the contract answers: one file per resource.
import { API } from '#schema/api';
import type { Status } from '#schema/status';
import { type ChannelDeps, channelRoutes } from './channels.ts';
import { type DigestDeps, digestRoutes } from './digests.ts';
import { type IncidentDeps, incidentRoutes } from './incidents.ts';
import type { PatternDeps } from './pattern-state.ts';
import { patternRoutes } from './patterns.ts';
import { type Route, route } from './route.ts';
import { type RuleDeps, ruleRoutes } from './rules.ts';
import { type TraceDeps, traceRoutes } from './traces.ts';

export interface AnswerDeps extends TraceDeps, IncidentDeps, PatternDeps, RuleDeps, ChannelDeps, DigestDeps {
  status(): Status;
}

export function answers(deps: AnswerDeps): Route[] {
  return [
    ...traceRoutes(deps),
    ...incidentRoutes(deps),
    ...patternRoutes(deps),
    ...ruleRoutes(deps),
    ...channelRoutes(deps),
    ...digestRoutes(deps),
    route(API.getStatus, () => deps.status()),
  ];
}
