// Puts what a channel is owed into as few messages as possible: what became unnecessary is dropped, the rest is one
// message. Pure.
import { createHash } from 'node:crypto';
import type { Delivery } from '#schema/delivery';
import { incidentOf } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import type { AlertTransition, Message } from './channels/channel.ts';
import { toAlertMessage } from './channels/message.ts';

export interface Batch {
  /** Go out together. */
  readonly deliveries: readonly Delivery[];
  readonly message: Message;
}

export interface Sorted {
  readonly batches: readonly Batch[];
  /** Need not be sent any more; `lastError` says why. */
  readonly dropped: readonly Delivery[];
}

export interface BatchInput {
  /** Due on one channel, longest due first. */
  readonly owed: readonly Delivery[];
  readonly incidents: ReadonlyMap<string, StoredIncident>;
  /** Why an incident is not to be told now; null = it is. */
  readonly silenceOf: (incident: StoredIncident) => string | null;
  readonly publicUrl: string;
  /** What happened in a run, in a line, by trace id. */
  readonly headlines?: ReadonlyMap<string, string>;
}

export function toBatches({ owed, incidents, silenceOf, publicUrl, headlines }: BatchInput): Sorted {
  const dropped: Delivery[] = [];
  const drop = (delivery: Delivery, lastError: string) =>
    void dropped.push({ ...delivery, status: 'dropped', lastError });
  const byIncident = new Map<string, Delivery[]>();
  const batches: Batch[] = [];
  for (const delivery of owed) {
    const id = incidentOf(delivery.subject);
    if (id === null) {
      batches.push({ deliveries: [delivery], message: toNotice(delivery, publicUrl) });
      continue;
    }
    const incident = incidents.get(id);
    const silence = incident === undefined ? 'The incident is not known any more.' : silenceOf(incident);
    if (silence !== null) drop(delivery, silence);
    else byIncident.set(id, [...(byIncident.get(id) ?? []), delivery]);
  }
  const parts = [...byIncident].map(([id, all]) => {
    // A message says how things stand, so the opening says everything, and else the newest does.
    const chosen = all.find(({ transition }) => transition === 'opened') ?? (all.at(-1) as Delivery);
    for (const other of all) if (other !== chosen) drop(other, 'Told by another message about the same incident.');
    return { delivery: chosen, incident: incidents.get(id) as StoredIncident };
  });
  if (parts.length > 0) batches.push(toBatch(parts, publicUrl, headlines ?? new Map()));
  return { batches, dropped };
}

function toBatch(
  parts: readonly { readonly delivery: Delivery; readonly incident: StoredIncident }[],
  publicUrl: string,
  headlines: ReadonlyMap<string, string>,
): Batch {
  const deliveries = parts.map(({ delivery }) => delivery);
  const messageId = messageIdOf(deliveries);
  const mayRepeat = deliveries.some(({ mayHaveArrived }) => mayHaveArrived);
  const alerts = [...parts]
    .sort((a, b) => rank(a) - rank(b) || b.incident.peak - a.incident.peak)
    .map(({ delivery, incident }) =>
      toAlertMessage(incident, {
        publicUrl,
        transition: transitionOf(delivery, incident),
        messageId,
        mayRepeat,
        headlines,
      }),
    );
  const [first] = alerts;
  const url = `${publicUrl.replace(/\/+$/, '')}/incidents`;
  const message: Message =
    alerts.length === 1 && first !== undefined ? first : { kind: 'group', messageId, mayRepeat, parts: alerts, url };
  return { deliveries, message };
}

/** What began stands before what ended. */
const rank = ({ delivery }: { readonly delivery: Delivery }) => (delivery.transition === 'resolved' ? 1 : 0);

/** An opening that is told late says what is true now. */
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
