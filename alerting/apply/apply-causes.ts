// Opens the incident of a common cause, assigns its child incidents to it, and resolves it with the last of them.
import type { StoredIncident } from '#storage/journal-shapes';
import { type CommonCause, type FiringPattern, findCommonCause } from '../evaluate/common-cause.ts';
import type { IncidentSet } from './incident-set.ts';
import { incidentId } from './to-incident.ts';

const MOST_LISTED = 10;

/** @param firing every firing pattern that has news */
export function applyCauses(
  projectId: string,
  incidentSet: IncidentSet,
  firing: readonly FiringPattern[],
  nowMs: number,
): void {
  const cause = findCommonCause(firing);
  if (cause !== null) adopt(projectId, incidentSet, cause, nowMs);
  for (const parent of incidentSet.open().filter(({ kind }) => kind === 'provider')) {
    const children = parent.childIds.map((id) => incidentSet.get(id));
    // A child that is not even known any more ended long ago.
    if (children.some((child) => child !== undefined && child.status !== 'resolved')) continue;
    const ended = children.flatMap((child) => (child?.resolvedAt == null ? [] : [Date.parse(child.resolvedAt)]));
    const resolvedAtMs = ended.length === 0 ? nowMs : Math.max(...ended);
    incidentSet.put({ ...parent, status: 'resolved', resolvedAt: new Date(resolvedAtMs).toISOString() });
    incidentSet.record(parent.id, resolvedAtMs, 'resolved', 'The last of its patterns is over.');
  }
}

function adopt(projectId: string, incidentSet: IncidentSet, cause: CommonCause, nowMs: number): void {
  const known = incidentSet.open().find(({ kind, subject }) => kind === 'provider' && subject === cause.subject);
  const openedAtMs = Math.max(...cause.children.map(({ incident }) => Date.parse(incident.openedAt)));
  const parent = known ?? { ...newParent(projectId, cause, openedAtMs), firstSeen: oldest(cause) };
  const childIds = [...new Set([...parent.childIds, ...cause.children.map(({ incident }) => incident.id)])];
  const merged = (pick: (incident: StoredIncident) => readonly string[]) => [
    ...new Set([...pick(parent), ...cause.children.flatMap(({ incident }) => pick(incident))]),
  ];
  incidentSet.put({
    ...parent,
    childIds,
    title: `${cause.name} is failing: ${childIds.length} patterns`,
    message: cause.children
      .slice(0, MOST_LISTED)
      .map(({ incident }) => `${incident.agent}: ${incident.title}`)
      .join('\n'),
    count: cause.count,
    peak: Math.max(parent.peak, cause.count),
    traces: Math.max(parent.traces, ...cause.children.map(({ incident }) => incident.traces)),
    agents: merged(({ agents }) => agents),
    versions: merged(({ versions }) => versions),
    tools: merged(({ tools }) => tools),
    models: merged(({ models }) => models),
    lastSeen: newest(cause),
    exampleTraceIds: merged(({ exampleTraceIds }) => exampleTraceIds.slice(0, 1)).slice(0, 5),
    evidence: {
      value: cause.total === 0 ? 0 : cause.count / cause.total,
      limit: 0.6,
      baseline: null,
      unit: 'share',
      words: `${cause.count} of ${cause.total} errors of all firing patterns went to the ${cause.what} ${cause.name}.`,
    },
  });
  if (known === undefined) incidentSet.record(parent.id, openedAtMs, 'opened', 'Several patterns have one cause.');
  for (const { incident } of cause.children) {
    if (incident.parentId === parent.id) continue;
    incidentSet.put({ ...(incidentSet.get(incident.id) ?? incident), parentId: parent.id });
    incidentSet.record(incident.id, nowMs, 'inhibited', `Notified as part of: ${cause.name} is failing.`);
  }
}

const oldest = ({ children }: CommonCause) => children.map(({ incident }) => incident.firstSeen).sort()[0] as string;
const newest = ({ children }: CommonCause) =>
  children
    .map(({ incident }) => incident.lastSeen)
    .sort()
    .at(-1) as string;

function newParent(projectId: string, cause: CommonCause, openedAtMs: number): StoredIncident {
  const [first] = cause.children as readonly [FiringPattern, ...FiringPattern[]];
  const { incident } = first;
  return {
    ...incident,
    id: incidentId(projectId, cause.subject, openedAtMs),
    kind: 'provider',
    subject: cause.subject,
    fingerprint: null,
    agent: '',
    step: '',
    status: 'firing',
    openedAt: new Date(openedAtMs).toISOString(),
    recoveringAt: null,
    resolvedAt: null,
    resolvedBy: null,
    reopened: 0,
    late: 0,
    skewed: 0,
    parentId: null,
    childIds: [],
    mutedBy: null,
    memory: { ...incident.memory, told: null, notices: 0, reopenedAtMs: null, settled: null },
  };
}
