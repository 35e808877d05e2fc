// Sends what the journal says is owed, and records each outcome before the next is sent.
import type { Delivery } from '#schema/delivery';
import { newDelivery } from '#storage/deliveries';
import { incidentOf } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import { type Batch, toBatches } from './batch.ts';
import type { ChannelDirectory, ListedChannel, Outcome } from './channels/channel.ts';
import { nextMessageAtMs } from './pace.ts';
import { ESCALATE_AFTER, settle } from './settle.ts';

export interface DeliverDeps {
  readonly projectId: string;
  readonly directory: ChannelDirectory;
  /** Takes what no other channel can take. Its id. */
  readonly console: string;
  readonly publicUrl: () => string;
  /** What happened in each of these runs, in a line, by trace id. No alert waits for it: when it fails there is none. */
  readonly headlinesOf?: (traceIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Records outcomes for good, all or none. */
  readonly save: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Whether this is already owed, sent or given up. */
  readonly isKnown: (delivery: Delivery) => Promise<boolean>;
  readonly onFailed: (delivery: Delivery) => void;
  readonly now: () => number;
}

export interface DeliverInput {
  readonly owed: readonly Delivery[];
  /** What went out lately, for the pace. */
  readonly sentLately: readonly Delivery[];
  readonly incidents: ReadonlyMap<string, StoredIncident>;
  readonly silenceOf: (incident: StoredIncident) => string | null;
  readonly isStopping: () => boolean;
}

export interface Delivered {
  /** Messages. */
  readonly sent: number;
  readonly failed: number;
  /** What was not sent because somebody muted it. */
  readonly dropped: readonly Delivery[];
}

/**
 * Sends the owed messages that are due, one message per channel. A channel that must be tried again rests until the next
 * call; what it can never take is told on another one.
 * @throws when an outcome cannot be recorded; it is recorded first thing next time, without sending again
 */
export function createDelivery(deps: DeliverDeps) {
  const unsaved = new Map<string, Delivery>();
  const record = async (deliveries: readonly Delivery[]) => {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) unsaved.set(delivery.idem, delivery);
    await deps.save(deliveries);
    for (const { idem } of deliveries) unsaved.delete(idem);
  };

  return async (input: DeliverInput): Promise<Delivered> => {
    const known = new Set(unsaved.keys());
    await record([...unsaved.values()]);
    const waiting = input.owed.filter(({ idem }) => !known.has(idem));
    if (waiting.length === 0) return { sent: 0, failed: 0, dropped: [] };
    const round: Round = {
      ...input,
      deps,
      record,
      channels: await deps.directory.list(),
      sent: 0,
      failed: 0,
      dropped: [],
    };
    // What one channel cannot take is owed on another, which has its turn in the second round.
    const handedOn = await sendAll(round, waiting);
    if (handedOn.length > 0) await sendAll(round, handedOn);
    const { sent, failed, dropped } = round;
    return { sent, failed, dropped };
  };
}

interface Round extends DeliverInput {
  readonly deps: DeliverDeps;
  readonly record: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly channels: readonly ListedChannel[];
  sent: number;
  failed: number;
  dropped: Delivery[];
}

/** Returns what is now owed on another channel. */
async function sendAll(round: Round, waiting: readonly Delivery[]): Promise<Delivery[]> {
  const { deps, channels } = round;
  const nowMs = deps.now();
  const handedOn: Delivery[] = [];
  const usable = new Map(channels.filter(({ enabled }) => enabled).map((listed) => [listed.id, listed]));
  const byChannel = new Map<string, Delivery[]>();
  for (const delivery of waiting) {
    // A channel that is gone or switched off hands over to the console at once.
    const id = usable.has(delivery.channel) ? delivery.channel : deps.console;
    if (delivery.dueAtMs > nowMs && id === delivery.channel) continue;
    const due = { ...delivery, channel: id };
    const owed = byChannel.get(id);
    if (owed === undefined) byChannel.set(id, [due]);
    else owed.push(due);
  }
  for (const [id, owed] of byChannel) {
    const listed = usable.get(id);
    if (listed === undefined || round.isStopping()) continue;
    if (waiting.some(({ channel, channelHeldUntilMs }) => channel === id && (channelHeldUntilMs ?? 0) > nowMs))
      continue;
    const { silenceOf, incidents } = round;
    const headlines = await headlinesFor(round, owed);
    const { batches, dropped } = toBatches({ owed, incidents, silenceOf, publicUrl: deps.publicUrl(), headlines });
    round.dropped.push(...dropped);
    await round.record(dropped);
    const lately = round.sentLately.filter(({ channel, subject }) => channel === id && subject.startsWith('incident:'));
    for (const batch of batches) {
      const isAlert = batch.message.kind !== 'notice';
      if (isAlert && nextMessageAtMs(lately) > nowMs) continue;
      const outcome = await sendOne(round, listed, batch, handedOn);
      if (outcome.kind !== 'sent') break;
    }
  }
  return handedOn;
}

async function sendOne(round: Round, listed: ListedChannel, batch: Batch, handedOn: Delivery[]): Promise<Outcome> {
  const { deps } = round;
  const { messageId } = batch.message;
  const outcome = await listed.channel.send(batch.message);
  const settled = batch.deliveries.map((delivery) => settle({ ...delivery, messageId }, outcome, deps.now()));
  const lost = settled.filter(({ status, attempts }) => status === 'failed' || attempts === ESCALATE_AFTER);
  const disables = outcome.kind === 'failed' && outcome.disables;
  if (disables) await deps.directory.disable(listed.id, outcome.reason);
  const others = outcome.kind === 'sent' ? [] : await onAnother(round, listed, lost, disables ? outcome.reason : null);
  await round.record([...settled, ...others]);
  handedOn.push(...others);
  if (outcome.kind === 'sent') round.sent++;
  for (const delivery of settled.filter(({ status }) => status === 'failed')) {
    round.failed++;
    deps.onFailed(delivery);
  }
  return outcome;
}

/** The same on the next channel that works; the console when there is none. */
async function onAnother(
  { channels, deps }: Round,
  failed: ListedChannel,
  lost: readonly Delivery[],
  because: string | null,
): Promise<Delivery[]> {
  const others = channels.filter(({ id, enabled }) => enabled && id !== failed.id);
  const other = others.find(({ id }) => id !== deps.console) ?? others[0];
  if (other === undefined) return [];
  const { projectId } = deps;
  const nowMs = deps.now();
  const owed = lost.map(({ subject, transition, step, payload }) =>
    newDelivery(
      { projectId, subject, transition, step, channel: other.id, ...(payload === null ? {} : { payload }) },
      nowMs,
    ),
  );
  if (because !== null) {
    const payload = JSON.stringify({ title: `The channel ${failed.name} is switched off`, lines: [because] });
    const subject = `notice:channel:${failed.id}`;
    owed.push(
      newDelivery({ projectId, subject, transition: 'disabled', step: nowMs, channel: other.id, payload }, nowMs),
    );
  }
  const fresh: Delivery[] = [];
  for (const delivery of owed) if (!(await deps.isKnown(delivery))) fresh.push(delivery);
  return fresh;
}

/** An alert of the most runs names three each, so a storm stays a short read. */
const MAX_HEADLINES = 30;

async function headlinesFor(
  { deps, incidents }: Round,
  owed: readonly Delivery[],
): Promise<ReadonlyMap<string, string>> {
  const told = owed.flatMap(
    ({ subject }) => incidents.get(incidentOf(subject) ?? '')?.exampleTraceIds.slice(0, 3) ?? [],
  );
  if (deps.headlinesOf === undefined || told.length === 0) return new Map();
  return deps.headlinesOf([...new Set(told)].slice(0, MAX_HEADLINES)).catch(() => new Map());
}
