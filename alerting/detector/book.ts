// The incidents of one tick: what they were, what they became, and the story of it. Nothing is saved here.
import type { IncidentTransition, StoredIncident } from '#storage/journal-shapes';

export interface Book {
  all(): StoredIncident[];
  open(): StoredIncident[];
  get(id: string): StoredIncident | undefined;
  /** Takes the incident as it is now. */
  put(incident: StoredIncident): void;
  /** Remembers that something happened to it. */
  tell(incidentId: string, atMs: number, what: IncidentTransition['what'], words: string): void;
  /** What must be saved. */
  changed(): StoredIncident[];
  story(): readonly IncidentTransition[];
  /** Opened, ended or told since the tick began, by id. */
  happened(what: IncidentTransition['what']): string[];
}

export function openBook(incidents: readonly StoredIncident[]): Book {
  const before = new Map(incidents.map((incident) => [incident.id, incident]));
  const now = new Map(incidents.map((incident) => [incident.id, incident]));
  const story: IncidentTransition[] = [];
  return {
    all: () => [...now.values()],
    open: () => [...now.values()].filter(({ status }) => status !== 'resolved'),
    get: (id) => now.get(id),
    put: (incident) => void now.set(incident.id, incident),
    tell: (incidentId, atMs, what, words) =>
      void story.push({ incidentId, at: new Date(atMs).toISOString(), what, words }),
    changed: () => [...now.values()].filter((incident) => !isSame(before.get(incident.id), incident)),
    story: () => story,
    happened: (what) => [...new Set(story.filter((one) => one.what === what).map(({ incidentId }) => incidentId))],
  };
}

/** What nobody put anew is the same object: in a storm, comparing texts of all incidents takes longer than judging them. */
const isSame = (before: StoredIncident | undefined, now: StoredIncident) =>
  before === now || (before !== undefined && JSON.stringify(before) === JSON.stringify(now));
