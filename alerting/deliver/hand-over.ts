// Enqueues what one channel cannot take on another: the first, backups included, that does not have it already.
import type { Delivery } from '#contracts/delivery';
import { takesAlerts } from '#domain/channel/channel-choice';
import { newDelivery } from '#storage/deliveries';
import type { ListedChannel } from './channels/channel.ts';

export interface HandOverDeps {
  readonly projectId: string;
  /** Id of the console: it takes over only where there is no other channel. */
  readonly console: string;
  /** Which of these are already pending, sent or given up, by `idem`. */
  readonly knownOf: (deliveries: readonly Delivery[]) => Promise<ReadonlySet<string>>;
  readonly now: () => number;
}

export interface Lost {
  readonly failed: ListedChannel;
  /** What it did not take. */
  readonly lost: readonly Delivery[];
  /** Why it is switched off now; null when it is not. */
  readonly because: string | null;
}

/** Whether an alert may be sent on it. */
export const canTake = ({ id, enabled, receives }: ListedChannel): boolean =>
  takesAlerts({ id, isOn: enabled, receives });

/** The notifications that are now pending on other channels. Without another channel none. @throws StorageError */
export async function handOver(
  { projectId, console, knownOf, now }: HandOverDeps,
  channels: readonly ListedChannel[],
  { failed, lost, because }: Lost,
): Promise<Delivery[]> {
  const able = channels.filter((listed) => canTake(listed) && listed.id !== failed.id);
  const real = able.filter(({ id }) => id !== console);
  const others = real.length > 0 ? real : able;
  const [first] = others;
  if (first === undefined) return [];
  const nowMs = now();
  const options = lost.map(({ subject, transition, step, payload }) =>
    others.map(({ id }) => {
      const what = { projectId, subject, transition, step, channel: id };
      return newDelivery(payload === null ? what : { ...what, payload }, nowMs);
    }),
  );
  const known = await knownOf(options.flat());
  const pending = options.flatMap((each) => each.find(({ idem }) => !known.has(idem)) ?? []);
  if (because === null) return pending;
  const payload = JSON.stringify({ title: `The channel ${failed.name} is switched off`, lines: [because] });
  const subject = `notice:channel:${failed.id}`;
  const what = { projectId, subject, transition: 'disabled', step: nowMs, channel: first.id, payload };
  return [...pending, newDelivery(what, nowMs)];
}
