// Sends the pending notifications of the journal, and records each outcome before the next is sent.
import type { Delivery } from '#contracts/delivery';
import { incidentOf } from '#storage/journal';
import type { StoredIncident } from '#storage/journal-shapes';
import { reasonOf } from '#storage/set-aside';
import { type Batch, toBatches } from './batch.ts';
import type { ChannelDirectory, ListedChannel, Outcome } from './channels/channel.ts';
import { canTake, handOver } from './hand-over.ts';
import { nextMessageAtMs } from './pace.ts';
import { ESCALATE_AFTER, settle } from './settle.ts';

/** A message about many of which one part is refused finds it in so many more messages, or gives up on what is left. */
const MAX_SPLITS = 8;

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
  /** Which of these are already pending, sent or given up, by `idem`. */
  readonly knownOf: (deliveries: readonly Delivery[]) => Promise<ReadonlySet<string>>;
  readonly onFailed: (delivery: Delivery) => void;
  readonly now: () => number;
}

export interface DeliverInput {
  readonly pending: readonly Delivery[];
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
  /** What was not sent, because of a mute for example. */
  readonly dropped: readonly Delivery[];
  /** What cannot be put into a message; it is tried again as if the channel had not answered. */
  readonly broken: readonly { readonly delivery: Delivery; readonly error: unknown }[];
}

/**
 * Sends the pending notifications that are due, one message per channel. A channel that must be tried again rests until
 * the next call; what it can never take is sent on another one.
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
    const waiting = input.pending.filter(({ idem }) => !known.has(idem));
    if (waiting.length === 0) return { sent: 0, failed: 0, dropped: [], broken: [] };
    const round: Round = {
      ...input,
      deps,
      record,
      channels: await deps.directory.list(),
      sent: 0,
      failed: 0,
      dropped: [],
      broken: [],
      splits: MAX_SPLITS,
    };
    // What one channel cannot take is enqueued on another, which is sent to in the second round.
    const handedOn = await sendAll(round, waiting);
    if (handedOn.length > 0) await sendAll(round, handedOn);
    const { sent, failed, dropped, broken } = round;
    return { sent, failed, dropped, broken };
  };
}

interface Round extends DeliverInput {
  readonly deps: DeliverDeps;
  readonly record: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly channels: readonly ListedChannel[];
  sent: number;
  failed: number;
  dropped: Delivery[];
  broken: { delivery: Delivery; error: unknown }[];
  /** How often a message about many may still be sent in two. */
  splits: number;
}

/** Returns what is now pending on another channel. */
async function sendAll(round: Round, waiting: readonly Delivery[]): Promise<Delivery[]> {
  const { deps, channels } = round;
  const nowMs = deps.now();
  const handedOn: Delivery[] = [];
  const usable = new Map(channels.filter(canTake).map((listed) => [listed.id, listed]));
  const byChannel = new Map<string, Delivery[]>();
  for (const delivery of waiting) {
    // A channel that is gone, switched off or digest only hands over to the console at once.
    const id = usable.has(delivery.channel) ? delivery.channel : deps.console;
    if (delivery.dueAtMs > nowMs && id === delivery.channel) continue;
    const due = { ...delivery, channel: id };
    const pending = byChannel.get(id);
    if (pending === undefined) byChannel.set(id, [due]);
    else pending.push(due);
  }
  for (const [id, pending] of byChannel) {
    const listed = usable.get(id);
    if (listed === undefined || round.isStopping()) continue;
    if (waiting.some(({ channel, channelHeldUntilMs }) => channel === id && (channelHeldUntilMs ?? 0) > nowMs))
      continue;
    const { silenceOf, incidents } = round;
    const headlines = await headlinesFor(round, pending);
    const sorted = toBatches({ pending, incidents, silenceOf, publicUrl: deps.publicUrl(), headlines });
    const { batches, dropped, broken } = sorted;
    round.dropped.push(...dropped);
    round.broken.push(...broken);
    await round.record([...dropped, ...broken.map(({ delivery, error }) => settleBroken(round, delivery, error))]);
    const lately = round.sentLately.filter(({ channel, subject }) => channel === id && subject.startsWith('incident:'));
    for (const batch of batches) {
      const isAlert = batch.message.kind !== 'notice';
      if (isAlert && nextMessageAtMs(lately) > nowMs) continue;
      if (!(await sendBatch(round, listed, batch, handedOn))) break;
    }
  }
  return handedOn;
}

/**
 * A message about many that is refused goes out in two: what is refused in one of them must not keep back the rest.
 * @returns false when the channel takes nothing more: it asks for time, or is off now
 */
async function sendBatch(round: Round, listed: ListedChannel, batch: Batch, handedOn: Delivery[]): Promise<boolean> {
  const { outcome, thrown } = await send(listed, batch);
  const isOfMessage = thrown !== null || (outcome.kind === 'failed' && !outcome.disables);
  const halves = isOfMessage && round.splits > 0 ? batch.split() : null;
  if (halves === null) {
    if (thrown !== null) round.broken.push(...batch.deliveries.map((delivery) => ({ delivery, error: thrown.error })));
    await settleBatch(round, listed, batch, outcome, handedOn);
    return outcome.kind === 'sent' || isOfMessage;
  }
  round.splits--;
  // What the channel does not take now waits for the next tick, as it was.
  for (const half of halves) if (!(await sendBatch(round, listed, half, handedOn))) return false;
  return true;
}

/** A channel says itself what went wrong; one that throws is tried again like one that did not answer. */
async function send(
  { channel, name }: ListedChannel,
  { message }: Batch,
): Promise<{ readonly outcome: Outcome; readonly thrown: { readonly error: unknown } | null }> {
  try {
    return { outcome: await channel.send(message), thrown: null };
  } catch (error) {
    const reason = `${name} cannot send this: ${reasonOf(error)}`;
    return { outcome: { kind: 'retry', afterMs: null, mayHaveArrived: true, reason }, thrown: { error } };
  }
}

function settleBroken(round: Round, delivery: Delivery, error: unknown): Delivery {
  const reason = `The message cannot be written: ${reasonOf(error)}`;
  const settled = settle(delivery, { kind: 'retry', afterMs: null, mayHaveArrived: false, reason }, round.deps.now());
  if (settled.status === 'failed') {
    round.failed++;
    round.deps.onFailed(settled);
  }
  return settled;
}

async function settleBatch(
  round: Round,
  listed: ListedChannel,
  batch: Batch,
  outcome: Outcome,
  handedOn: Delivery[],
): Promise<void> {
  const { deps } = round;
  const { messageId } = batch.message;
  const settled = batch.deliveries.map((delivery) => settle({ ...delivery, messageId }, outcome, deps.now()));
  const lost = settled.filter(({ status, attempts }) => status === 'failed' || attempts === ESCALATE_AFTER);
  const disables = outcome.kind === 'failed' && outcome.disables;
  if (disables) await deps.directory.disable(listed.id, outcome.reason);
  const because = disables ? outcome.reason : null;
  const others = outcome.kind === 'sent' ? [] : await handOver(deps, round.channels, { failed: listed, lost, because });
  await round.record([...settled, ...others]);
  handedOn.push(...others);
  if (outcome.kind === 'sent') round.sent++;
  for (const delivery of settled.filter(({ status }) => status === 'failed')) {
    round.failed++;
    deps.onFailed(delivery);
  }
}

/** An alert of the most runs names three each, so a storm stays a short read. */
const MAX_HEADLINES = 30;

async function headlinesFor(
  { deps, incidents }: Round,
  pending: readonly Delivery[],
): Promise<ReadonlyMap<string, string>> {
  const traceIds = pending.flatMap(
    ({ subject }) => incidents.get(incidentOf(subject) ?? '')?.exampleTraceIds.slice(0, 3) ?? [],
  );
  if (deps.headlinesOf === undefined || traceIds.length === 0) return new Map();
  return deps.headlinesOf([...new Set(traceIds)].slice(0, MAX_HEADLINES)).catch(() => new Map());
}
