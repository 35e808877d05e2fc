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
  /** What it returns takes back everything that was put and told since: for work that failed half done. */
  mark(): () => void;
  /** What must be saved. */
  changed(): StoredIncident[];
  story(): readonly IncidentTransition[];
  /** Opened, ended or told since the tick began, by id. */
  happened(what: IncidentTransition['what']): string[];
}

export function openBook(incidents: readonly StoredIncident[]): Book {
  const before = new Map(incidents.map((incident) => [incident.id, incident]));
  const now = new Map(before);
  const story: IncidentTransition[] = [];
  const puts: { readonly id: string; readonly was: StoredIncident | undefined }[] = [];
  return {
    all: () => [...now.values()],
    open: () => [...now.values()].filter(({ status }) => status !== 'resolved'),
    get: (id) => now.get(id),
    put(incident) {
      puts.push({ id: incident.id, was: now.get(incident.id) });
      now.set(incident.id, incident);
    },
    tell: (incidentId, atMs, what, words) =>
      void story.push({ incidentId, at: new Date(atMs).toISOString(), what, words }),
    mark() {
      const [putsThen, storyThen] = [puts.length, story.length];
      return () => {
        for (const { id, was } of puts.splice(putsThen).reverse()) {
          if (was === undefined) now.delete(id);
          else now.set(id, was);
        }
        story.splice(storyThen);
      };
    },
    changed: () => [...now.values()].filter((incident) => !isSame(before.get(incident.id), incident)),
    story: () => story,
    happened: (what) => [...new Set(story.filter((one) => one.what === what).map(({ incidentId }) => incidentId))],
  };
}

/** What nobody put anew is the same object: in a storm, comparing texts of all incidents takes longer than judging them. */
const isSame = (before: StoredIncident | undefined, now: StoredIncident) =>
  before === now || (before !== undefined && JSON.stringify(before) === JSON.stringify(now));
