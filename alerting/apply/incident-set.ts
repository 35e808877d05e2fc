// The incidents of one tick: their state before and after, and the transitions between. Nothing is saved here.
import type { IncidentTransition, StoredIncident } from '#storage/journal-shapes';

export interface IncidentSet {
  all(): StoredIncident[];
  open(): StoredIncident[];
  get(id: string): StoredIncident | undefined;
  /** Replaces the state of the incident. */
  put(incident: StoredIncident): void;
  /** Records a transition of the incident. */
  record(incidentId: string, atMs: number, what: IncidentTransition['what'], words: string): void;
  /** Returns a function that undoes every `put` and `record` since: for work that failed halfway. */
  mark(): () => void;
  /** What must be saved. */
  changed(): StoredIncident[];
  transitions(): readonly IncidentTransition[];
  /** Ids of the incidents with this transition since the tick began. */
  happened(what: IncidentTransition['what']): string[];
}

export function openIncidentSet(incidents: readonly StoredIncident[]): IncidentSet {
  const before = new Map(incidents.map((incident) => [incident.id, incident]));
  const now = new Map(before);
  const transitions: IncidentTransition[] = [];
  const puts: { readonly id: string; readonly was: StoredIncident | undefined }[] = [];
  return {
    all: () => [...now.values()],
    open: () => [...now.values()].filter(({ status }) => status !== 'resolved'),
    get: (id) => now.get(id),
    put(incident) {
      puts.push({ id: incident.id, was: now.get(incident.id) });
      now.set(incident.id, incident);
    },
    record: (incidentId, atMs, what, words) =>
      void transitions.push({ incidentId, at: new Date(atMs).toISOString(), what, words }),
    mark() {
      const [putsThen, transitionsThen] = [puts.length, transitions.length];
      return () => {
        for (const { id, was } of puts.splice(putsThen).reverse()) {
          if (was === undefined) now.delete(id);
          else now.set(id, was);
        }
        transitions.splice(transitionsThen);
      };
    },
    changed: () => [...now.values()].filter((incident) => !isSame(before.get(incident.id), incident)),
    transitions: () => transitions,
    happened: (what) => [
      ...new Set(transitions.filter((one) => one.what === what).map(({ incidentId }) => incidentId)),
    ],
  };
}

/** An incident that was not replaced is the same object: comparing the text of all takes too long in a storm. */
const isSame = (before: StoredIncident | undefined, now: StoredIncident) =>
  before === now || (before !== undefined && JSON.stringify(before) === JSON.stringify(now));
