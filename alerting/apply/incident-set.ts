// The incidents of one tick: what they were, what they became, and the story of it. Nothing is saved here.
import type { IncidentTransition, StoredIncident } from '#storage/journal-shapes';

export interface IncidentSet {
  all(): StoredIncident[];
  open(): StoredIncident[];
  get(id: string): StoredIncident | undefined;
  /** Takes the incident as it is now. */
  put(incident: StoredIncident): void;
  /** Remembers that something happened to it. */
  record(incidentId: string, atMs: number, what: IncidentTransition['what'], words: string): void;
  /** What it returns takes back everything that was put and told since: for work that failed half done. */
  mark(): () => void;
  /** What must be saved. */
  changed(): StoredIncident[];
  transitions(): readonly IncidentTransition[];
  /** Opened, ended or told since the tick began, by id. */
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

/** What nobody put anew is the same object: in a storm, comparing texts of all incidents takes longer than judging them. */
const isSame = (before: StoredIncident | undefined, now: StoredIncident) =>
  before === now || (before !== undefined && JSON.stringify(before) === JSON.stringify(now));
