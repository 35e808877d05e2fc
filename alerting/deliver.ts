// Sends what the journal says is owed, and records each outcome before the next is sent.
import type { Delivery } from '#schema/delivery';
import { incidentOf } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import type { AlertMessage, Channel, Outcome } from './channels/channel.ts';
import { toAlertMessage } from './channels/message.ts';

/** After the tenth attempt, about three hours after the first, a message is given up. */
export const MAX_ATTEMPTS = 10;
/** A little less than whole minutes, because a tick may wake a little early. */
const BACKOFF_MS = [1, 2, 4, 8, 16, 30].map((minutes) => minutes * 60_000 - 5_000);

export interface DeliverDeps {
  readonly channels: ReadonlyMap<string, Channel>;
  /** Takes what no other channel can take. */
  readonly fallback: Channel;
  readonly publicUrl: () => string;
  /** Records one outcome for good. */
  readonly save: (delivery: Delivery) => Promise<void>;
  readonly onFailed: (delivery: Delivery) => void;
  readonly now: () => number;
}

export interface Delivered {
  readonly sent: number;
  readonly failed: number;
}

/**
 * Sends the owed messages that are due, in order. One that must be tried again rests its channel until the next call;
 * one that cannot be sent is said on the fallback instead, once.
 * @throws when an outcome cannot be recorded; it is recorded first thing next time, without sending again
 */
export function createDelivery(deps: DeliverDeps) {
  const unsaved = new Map<string, Delivery>();
  const record = async (delivery: Delivery) => {
    unsaved.set(delivery.idem, delivery);
    await deps.save(delivery);
    unsaved.delete(delivery.idem);
  };

  return async (
    owed: readonly Delivery[],
    incidents: ReadonlyMap<string, StoredIncident>,
    isStopping: () => boolean,
  ): Promise<Delivered> => {
    const known = new Set(unsaved.keys());
    for (const delivery of [...unsaved.values()]) await record(delivery);
    const resting = restingChannels(owed, deps.now());
    let sent = 0;
    let failed = 0;
    for (const delivery of owed) {
      if (isStopping()) break;
      const incident = incidents.get(incidentOf(delivery.subject) ?? '');
      const channel = deps.channels.get(delivery.channel) ?? deps.fallback;
      const due = delivery.dueAtMs <= deps.now() || channel.id !== delivery.channel;
      if (incident === undefined || known.has(delivery.idem) || !due || resting.has(channel.id)) continue;
      const message = toAlertMessage(incident, {
        publicUrl: deps.publicUrl(),
        transition: incident.status === 'resolved' ? 'resolved' : 'opened',
        messageId: delivery.idem,
        mayRepeat: delivery.mayHaveArrived,
      });
      const outcome = await channel.send(message);
      if (outcome.kind === 'retry') resting.add(channel.id);
      const settled = settle({ ...delivery, channel: channel.id }, outcome, deps.now());
      await record(settled);
      if (settled.status === 'sent') sent++;
      if (settled.status !== 'failed') continue;
      failed++;
      await giveUp(deps, settled, message);
    }
    return { sent, failed };
  };
}

async function giveUp({ fallback, onFailed }: DeliverDeps, delivery: Delivery, message: AlertMessage): Promise<void> {
  onFailed(delivery);
  if (fallback.id !== delivery.channel) await fallback.send(message);
}

function restingChannels(owed: readonly Delivery[], nowMs: number): Set<string> {
  return new Set(owed.filter((d) => (d.channelHeldUntilMs ?? 0) > nowMs).map(({ channel }) => channel));
}

/** What a delivery is after an attempt. Pure. */
export function settle(delivery: Delivery, outcome: Outcome, nowMs: number): Delivery {
  const attempts = delivery.attempts + 1;
  const tried = { ...delivery, attempts, channelHeldUntilMs: null };
  if (outcome.kind === 'sent') return { ...tried, status: 'sent', sentAtMs: nowMs, lastError: null };
  if (outcome.kind === 'failed') return { ...tried, status: 'failed', lastError: outcome.reason };
  const mayHaveArrived = delivery.mayHaveArrived || outcome.mayHaveArrived;
  if (attempts >= MAX_ATTEMPTS) {
    return {
      ...tried,
      mayHaveArrived,
      status: 'failed',
      lastError: `${outcome.reason} Given up after ${attempts} attempts.`,
    };
  }
  const held = outcome.afterMs === null ? null : nowMs + outcome.afterMs;
  const dueAtMs = held ?? nowMs + (BACKOFF_MS[Math.min(attempts, BACKOFF_MS.length) - 1] as number);
  return { ...tried, mayHaveArrived, dueAtMs, channelHeldUntilMs: held, lastError: outcome.reason };
}
