// Decides which notifications the incidents of a tick need, and on which channels. An incident for which that fails
// stays as it was and is decided at the next tick.
import type { Delivery } from '#contracts/delivery';
import { bisect } from '#domain/bisect';
import type { Database } from '#storage/database';
import { newDelivery, readDeliveries } from '#storage/deliveries';
import type { UnreadableRow } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import { probeStorage } from '#storage/set-aside';
import type { IncidentSet } from '../apply/incident-set.ts';
import type { FiringPattern } from '../evaluate/common-cause.ts';
import type { Controls } from '../evaluate/controls.ts';
import { decideNotice } from './notices.ts';

/** Incidents whose earlier messages are read together. */
const AT_ONCE = 5000;

export interface DecideDeps {
  readonly db: Database;
  readonly projectId: string;
  /** The channels as they are now: which of them an incident is notified on, by the ids that its rule names. */
  readonly readChannels: () => Promise<(wanted: readonly string[] | null) => readonly string[]>;
}

export interface DecideInput {
  readonly incidentSet: IncidentSet;
  readonly controls: Pick<Controls, 'silenceOf' | 'acknowledged'>;
  readonly firing: readonly FiringPattern[];
  /** Incidents for which it failed at earlier ticks: decided again even when they did not change. */
  readonly again: readonly string[];
  /** Leave out what fails even when nothing else succeeds. */
  readonly isStubborn: boolean;
  readonly nowMs: number;
}

interface Notice {
  /** As it is once the notification is enqueued. */
  readonly incident: StoredIncident;
  readonly transition: string;
}

/**
 * Records in the incident set what is notified.
 * @returns the pending notifications, the incidents for which it failed, and earlier messages that cannot be read
 * @throws StorageError
 */
export async function decideNotices(deps: DecideDeps, input: DecideInput) {
  const failed: { name: string; error: unknown }[] = [];
  const notices = decideAll(input, failed);
  const unreadable: UnreadableRow[] = [];
  if (notices.length === 0) return { pending: [], failed, unreadable };
  // Once for all incidents of a tick: in a storm they are many.
  const channelsOf = await deps.readChannels();
  const found = await bisect(notices, (part) => toDeliveries(deps, part, channelsOf, input.nowMs, unreadable), {
    probe: () => probeStorage(deps.db),
    atMost: AT_ONCE,
    isStubborn: input.isStubborn,
  });
  for (const { item, error } of found.failed) failed.push({ name: item.incident.id, error });
  const unknown = new Set(found.failed.map(({ item }) => item.incident.id));
  for (const { incident } of notices) if (!unknown.has(incident.id)) input.incidentSet.put(incident);
  return { pending: found.done.flat(), failed, unreadable };
}

function decideAll(
  { incidentSet, controls, firing, again, nowMs }: DecideInput,
  failed: { name: string; error: unknown }[],
): Notice[] {
  const newest = new Map(firing.map(({ incident, facts }) => [incident.id, facts.count]));
  const relevant = new Set([...incidentSet.changed().map(({ id }) => id), ...again]);
  const notices: Notice[] = [];
  for (const incident of incidentSet.all().filter(({ id, status }) => status !== 'resolved' || relevant.has(id))) {
    const rollBack = incidentSet.mark();
    try {
      const silence = controls.silenceOf(incident, newest.get(incident.id) ?? incident.peak, nowMs);
      const parent = incident.parentId === null ? undefined : incidentSet.get(incident.parentId);
      const decision = decideNotice({
        incident,
        windowCount: newest.get(incident.id) ?? 0,
        isAcknowledged: controls.acknowledged.has(incident.id),
        isSilenced: silence !== null,
        isInhibited: parent !== undefined && parent.status !== 'resolved',
        nowMs,
      });
      if (silence !== null && incident.mutedBy?.id !== silence.id && incident.status !== 'resolved') {
        incidentSet.put({ ...decision.incident, mutedBy: silence });
        incidentSet.record(incident.id, nowMs, 'muted', silence.why);
      } else if (decision.transition !== null) {
        notices.push({ incident: decision.incident, transition: decision.transition });
      } else if (decision.incident !== incident) incidentSet.put(decision.incident);
    } catch (error) {
      rollBack();
      failed.push({ name: incident.id, error });
    }
  }
  return notices;
}

async function toDeliveries(
  { db, projectId }: DecideDeps,
  notices: readonly Notice[],
  channelsOf: (wanted: readonly string[] | null) => readonly string[],
  nowMs: number,
  unreadable: UnreadableRow[],
): Promise<Delivery[]> {
  const ended = notices.filter(({ transition }) => transition === 'resolved');
  // The resolved notification goes to the channels that got the firing one; a firing notification that is still pending
  // is sent as resolved.
  const sentOn = new Map<string, Set<string>>();
  const subjects = ended.map(({ incident }) => `incident:${incident.id}`);
  for (const { subject, status, channel } of await readDeliveries(db, projectId, subjects, unreadable)) {
    if (status !== 'sent') continue;
    const channels = sentOn.get(subject);
    if (channels === undefined) sentOn.set(subject, new Set([channel]));
    else channels.add(channel);
  }
  return notices.flatMap(({ incident, transition }) => {
    const subject = `incident:${incident.id}`;
    const step = incident.memory.notices;
    const channels =
      transition === 'resolved' ? [...(sentOn.get(subject) ?? [])] : channelsOf(incident.memory.channels);
    return channels.map((channel) => newDelivery({ projectId, subject, transition, step, channel }, nowMs));
  });
}
