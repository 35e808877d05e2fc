// Puts the pending notifications of a channel into as few messages as possible: what became unnecessary is dropped, the
// rest is one message. Pure.
import { createHash } from 'node:crypto';
import type { Delivery } from '#contracts/delivery';
import { incidentOf } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import type { AlertTransition, Message } from './channels/channel.ts';
import { toAlertMessage } from './channels/message.ts';

export interface Batch {
  /** Go out together. */
  readonly deliveries: readonly Delivery[];
  readonly message: Message;
  /** The same as two messages; null when it is about one incident only. */
  split(): readonly [Batch, Batch] | null;
}

export interface Sorted {
  readonly batches: readonly Batch[];
  /** Need not be sent any more; `lastError` says why. */
  readonly dropped: readonly Delivery[];
  /** Of these no message can be made. */
  readonly broken: readonly { readonly delivery: Delivery; readonly error: unknown }[];
}

export interface BatchInput {
  /** Due on one channel, longest due first. */
  readonly pending: readonly Delivery[];
  readonly incidents: ReadonlyMap<string, StoredIncident>;
  /** Why no notification of an incident is sent now; null = it is sent. */
  readonly silenceOf: (incident: StoredIncident) => string | null;
  readonly publicUrl: string;
  /** What happened in a run, in a line, by trace id. */
  readonly headlines?: ReadonlyMap<string, string>;
}

export function toBatches({ pending, incidents, silenceOf, publicUrl, headlines }: BatchInput): Sorted {
  const dropped: Delivery[] = [];
  const drop = (delivery: Delivery, lastError: string) =>
    void dropped.push({ ...delivery, status: 'dropped', lastError });
  const broken: { delivery: Delivery; error: unknown }[] = [];
  /** What throws concerns this delivery only. */
  const guard = <T>(delivery: Delivery, work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      broken.push({ delivery, error });
      return null;
    }
  };
  const byIncident = new Map<string, Delivery[]>();
  const batches: Batch[] = [];
  for (const delivery of pending) {
    const id = incidentOf(delivery.subject);
    if (id === null) {
      const message = guard(delivery, () => toNotice(delivery, publicUrl));
      if (message !== null) batches.push({ deliveries: [delivery], message, split: () => null });
      continue;
    }
    const incident = incidents.get(id);
    if (incident === undefined) {
      drop(delivery, 'The incident is not known any more.');
      continue;
    }
    const asked = guard(delivery, () => ({ silence: silenceOf(incident) }));
    if (asked === null) continue;
    if (asked.silence !== null) drop(delivery, asked.silence);
    else byIncident.set(id, [...(byIncident.get(id) ?? []), delivery]);
  }
  const parts = [...byIncident].map(([id, all]) => {
    // A message shows the current state, so the opening covers everything; without one, the newest does.
    const chosen = all.find(({ transition }) => transition === 'opened') ?? (all.at(-1) as Delivery);
    for (const other of all) if (other !== chosen) drop(other, 'Covered by another message about the same incident.');
    return { delivery: chosen, incident: incidents.get(id) as StoredIncident };
  });
  const write = { publicUrl, headlines: headlines ?? new Map() };
  // Written once for itself, so that one that cannot be written is known before it is part of a message about many.
  const sound = parts.filter(
    (part) => guard(part.delivery, () => alertOf(part, write, part.delivery.idem, false)) !== null,
  );
  if (sound.length > 0) batches.push(toBatch(sound, write));
  return { batches, dropped, broken };
}

interface Part {
  readonly delivery: Delivery;
  readonly incident: StoredIncident;
}
interface Write {
  readonly publicUrl: string;
  readonly headlines: ReadonlyMap<string, string>;
}

const alertOf = ({ delivery, incident }: Part, write: Write, messageId: string, mayRepeat: boolean) =>
  toAlertMessage(incident, { ...write, transition: transitionOf(delivery, incident), messageId, mayRepeat });

function toBatch(parts: readonly Part[], write: Write): Batch {
  const deliveries = parts.map(({ delivery }) => delivery);
  const messageId = messageIdOf(deliveries);
  const mayRepeat = deliveries.some(({ mayHaveArrived }) => mayHaveArrived);
  const alerts = [...parts]
    .sort((a, b) => rank(a) - rank(b) || b.incident.peak - a.incident.peak)
    .map((part) => alertOf(part, write, messageId, mayRepeat));
  const [first] = alerts;
  const url = `${write.publicUrl.replace(/\/+$/, '')}/incidents`;
  const message: Message =
    alerts.length === 1 && first !== undefined ? first : { kind: 'group', messageId, mayRepeat, parts: alerts, url };
  const middle = Math.ceil(parts.length / 2);
  const split = (): readonly [Batch, Batch] | null =>
    parts.length < 2 ? null : [toBatch(parts.slice(0, middle), write), toBatch(parts.slice(middle), write)];
  return { deliveries, message, split };
}

/** Incidents that began come before those that ended. */
const rank = ({ delivery }: { readonly delivery: Delivery }) => (delivery.transition === 'resolved' ? 1 : 0);

/** An opening that is sent late shows the current state. */
function transitionOf({ transition }: Delivery, { status }: StoredIncident): AlertTransition {
  if (transition === 'opened' && status === 'resolved') return 'resolved';
  return transition as AlertTransition;
}

/** The same for every attempt at the same parts. */
function messageIdOf(deliveries: readonly Delivery[]): string {
  const [only] = deliveries;
  if (deliveries.length === 1 && only !== undefined) return only.idem;
  const all = deliveries.map(({ idem }) => idem).sort();
  return createHash('sha256').update(all.join('|')).digest('hex');
}

function toNotice({ idem, payload, mayHaveArrived }: Delivery, publicUrl: string): Message {
  const { title = 'Telltale', lines = [] } = JSON.parse(payload ?? '{}') as { title?: string; lines?: string[] };
  const url = `${publicUrl.replace(/\/+$/, '')}/settings`;
  return { kind: 'notice', messageId: idem, mayRepeat: mayHaveArrived, title, lines, url };
}
