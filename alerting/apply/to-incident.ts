// Makes an incident with a stable id from an episode or a measurement.
import { createHash } from 'node:crypto';
import type { Rule } from '#contracts/rule';
import type { StoredIncident } from '#storage/journal-shapes';
import type { ErrorFacts } from '#storage/read-error-facts';
import type { Episode } from '../evaluate/evaluate.ts';
import type { PatternJudgement } from '../evaluate/judge-patterns.ts';
import type { Measured } from '../evaluate/measured.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const EXAMPLES = 5;
const MOST_NAMES = 50;

/** The same episode has the same id, however often it is found. */
export function incidentId(projectId: string, subject: string, openedAtMs: number, ruleId = ''): string {
  const parts = ruleId === '' ? [projectId, subject, openedAtMs] : [projectId, subject, openedAtMs, ruleId];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

const NO_MEMORY: StoredIncident['memory'] = {
  told: null,
  notices: 0,
  reopenedAtMs: null,
  settled: null,
  recoverAfterMs: null,
  channels: null,
  isQuiet: false,
};

const BLANK = {
  status: 'firing',
  agents: [],
  versions: [],
  tools: [],
  models: [],
  late: 0,
  skewed: 0,
  recoveringAt: null,
  resolvedAt: null,
  resolvedBy: null,
  reopened: 0,
  parentId: null,
  childIds: [],
  mutedBy: null,
} as const;

/** A new incident of a pattern. `facts` is what the errors of the window that began with the first one have in common. */
export function openPattern(
  projectId: string,
  { fingerprint, rule, ruleFor }: PatternJudgement,
  episode: Episode,
  facts: ErrorFacts,
): StoredIncident {
  const { id: ruleId, name: ruleName, ...routing } = ruleFor(episode.kind);
  const blank: StoredIncident = {
    ...BLANK,
    agents: [],
    versions: [],
    tools: [],
    models: [],
    childIds: [],
    id: incidentId(projectId, fingerprint, episode.openedAtMs),
    projectId,
    kind: episode.kind,
    ruleId,
    ruleName,
    title: titleOf(episode.kind, facts),
    subject: fingerprint,
    fingerprint,
    agent: facts.agent,
    step: facts.step,
    errorType: facts.errorType,
    message: facts.message,
    count: 0,
    peak: 0,
    traces: 0,
    windowMinutes: Math.round(rule.windowMs / 60_000),
    firstSeen: iso(episode.firstErrorAtMs),
    lastSeen: iso(facts.lastMs),
    openedAt: iso(episode.openedAtMs),
    exampleTraceIds: [],
    evidence: {
      value: episode.count,
      limit: episode.limit,
      baseline: episode.baseline,
      unit: 'errors',
      words: `${episode.count} similar errors within ${Math.round(rule.windowMs / 60_000)} minutes; ${episode.limit} are needed.`,
    },
    memory: { ...NO_MEMORY, ...routingOf(routing) },
  };
  return withFacts(blank, facts, null);
}

/** On which channels a rule's incidents are notified, and whether at once or in the digest. */
function routingOf({ channels, notify }: Pick<Rule, 'channels' | 'notify'>) {
  return { channels: channels === 'default' ? null : [...channels], isQuiet: notify === 'digest' };
}

function titleOf(kind: StoredIncident['kind'], { errorType, step, agent, traces }: ErrorFacts): string {
  const what = `${errorType || 'Error'} in ${step || agent || 'an unknown step'}`;
  if (kind === 'loop') return `Loop in ${traces === 1 ? 'one run' : `${traces} runs`}: ${what}`;
  if (kind === 'new_pattern') return `New: ${what}`;
  if (kind === 'regression') return `Back again: ${what}`;
  return what;
}

/**
 * Adds what was found since. `facts` are those since `memory.settled` (or the beginning); `settled` those of what is now
 * a window old, which are counted for good.
 */
export function withFacts(
  incident: StoredIncident,
  facts: ErrorFacts,
  settled: { readonly untilMs: number; readonly facts: ErrorFacts | null } | null,
): StoredIncident {
  const base = incident.memory.settled ?? { untilMs: 0, count: 0, late: 0, skewed: 0 };
  const old = settled && {
    untilMs: settled.untilMs,
    count: base.count + (settled.facts?.count ?? 0),
    late: base.late + (settled.facts?.late ?? 0),
    skewed: base.skewed + (settled.facts?.skewed ?? 0),
  };
  const before = old ?? base;
  return {
    ...incident,
    count: before.count + facts.count,
    late: before.late + facts.late,
    skewed: before.skewed + facts.skewed,
    peak: Math.max(incident.peak, facts.count),
    traces: Math.max(incident.traces, facts.traces),
    agents: together(incident.agents, facts.agents),
    versions: together(incident.versions, facts.versions),
    tools: together(incident.tools, facts.tools),
    models: together(incident.models, facts.models),
    lastSeen: iso(Math.max(Date.parse(incident.lastSeen), facts.lastMs)),
    exampleTraceIds: [...new Set([...facts.exampleTraceIds, ...incident.exampleTraceIds])].slice(0, EXAMPLES),
    memory: { ...incident.memory, settled: old ?? incident.memory.settled },
  };
}

function together(known: readonly string[], found: readonly string[]): string[] {
  return [...new Set([...known, ...found])].slice(0, MOST_NAMES);
}

/** The incident with the current state of its episode. */
export function withEpisode(incident: StoredIncident, episode: Episode): StoredIncident {
  const lastSeenMs = Math.max(Date.parse(incident.lastSeen), episode.lastErrorAtMs);
  return {
    ...incident,
    status: episode.resolvedAtMs !== null ? 'resolved' : episode.recoveringAtMs !== null ? 'recovering' : 'firing',
    recoveringAt: episode.recoveringAtMs === null ? null : iso(episode.recoveringAtMs),
    resolvedAt: episode.resolvedAtMs === null ? null : iso(episode.resolvedAtMs),
    lastSeen: iso(lastSeenMs),
    reopened: episode.reopened,
  };
}

/** A new incident of what is measured. */
export function openMeasured(projectId: string, measured: Measured, rule: Rule | null): StoredIncident {
  const { ruleId, ruleName, kind, subject, atMs, facts, recoverAfterMs } = measured;
  const blank: StoredIncident = {
    ...BLANK,
    agents: [],
    versions: [],
    tools: [],
    models: [],
    childIds: [],
    id: incidentId(projectId, subject, atMs, ruleId),
    projectId,
    kind,
    ruleId,
    ruleName,
    title: facts.title,
    subject,
    fingerprint: null,
    agent: facts.agent,
    step: facts.step,
    errorType: facts.errorType,
    message: facts.message,
    count: 0,
    peak: 0,
    traces: 0,
    windowMinutes: facts.windowMinutes,
    firstSeen: iso(facts.firstSeenMs),
    lastSeen: iso(facts.lastSeenMs),
    openedAt: iso(atMs),
    exampleTraceIds: [],
    evidence: facts.evidence,
    memory: { ...NO_MEMORY, recoverAfterMs, ...(rule === null ? {} : routingOf(rule)) },
  };
  return withMeasured(blank, measured);
}

/** The incident with what was measured last. A value that has become good again does not rewrite what was bad. */
export function withMeasured(incident: StoredIncident, { level, facts, recoverAfterMs }: Measured): StoredIncident {
  const memory = { ...incident.memory, recoverAfterMs };
  if (level !== 'high') return { ...incident, memory };
  return {
    ...incident,
    title: facts.title,
    count: facts.count,
    peak: Math.max(incident.peak, facts.count),
    traces: Math.max(incident.traces, facts.traces),
    agents: together(incident.agents, facts.agents),
    versions: together(incident.versions, facts.versions),
    tools: together(incident.tools, facts.tools),
    models: together(incident.models, facts.models),
    lastSeen: iso(Math.max(Date.parse(incident.lastSeen), facts.lastSeenMs)),
    exampleTraceIds: [...new Set([...facts.exampleTraceIds, ...incident.exampleTraceIds])].slice(0, EXAMPLES),
    evidence: facts.evidence,
    memory,
  };
}
