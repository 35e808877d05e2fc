// What each route of the contract answers: one file per resource.
import { API } from '#contracts/api';
import type { Status } from '#contracts/status';
import { type ChannelDeps, channelRoutes } from './channels.ts';
import type { DigestDeps } from './digest-deps.ts';
import { digestRoutes } from './digests.ts';
import { type IncidentDeps, incidentRoutes } from './incidents.ts';
import { type MuteDeps, muteRoutes } from './mutes.ts';
import type { PatternDeps } from './pattern-state.ts';
import { patternRoutes } from './patterns.ts';
import { type Route, route } from './route.ts';
import { type RuleDeps, ruleRoutes } from './rules.ts';
import { sessionRoutes } from './sessions.ts';
import { type SkippedDeps, skippedRoutes } from './skipped.ts';
import { type SummaryDeps, summaryRoutes } from './summaries.ts';
import { type TraceDeps, traceRoutes } from './traces.ts';

export interface AnswerDeps
  extends TraceDeps,
    SummaryDeps,
    IncidentDeps,
    MuteDeps,
    PatternDeps,
    RuleDeps,
    ChannelDeps,
    DigestDeps,
    SkippedDeps {
  status(): Status;
}

export function answers(deps: AnswerDeps): Route[] {
  return [
    ...traceRoutes(deps),
    ...summaryRoutes(deps),
    ...sessionRoutes(deps),
    ...incidentRoutes(deps),
    ...muteRoutes(deps),
    ...patternRoutes(deps),
    ...ruleRoutes(deps),
    ...channelRoutes(deps),
    ...digestRoutes(deps),
    ...skippedRoutes(deps),
    route(API.getStatus, () => deps.status()),
  ];
}
