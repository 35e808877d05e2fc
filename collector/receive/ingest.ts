// One request's body onto disk: decode into a block, append, wait until it is synced. Knows no HTTP, and no signal but
// through its decoder.
import type { SignalCounters } from '../count/counters.ts';
import { type Batch, type Decoded, type SignalCodec, UnavailableError } from '../decode/codec.ts';
import type { SpoolBlock, WriteQueue } from '../spool/write-queue.ts';
import { measureRequest } from './measure-request.ts';
import { RecentRequests } from './recent-requests.ts';
import type { Encoding } from './reply.ts';

export interface Outcome {
  readonly rejected: number;
  /** For the client: which rows were rejected and why. Empty when none. */
  readonly message: string;
}

export interface IngestDeps<Block extends SpoolBlock> {
  readonly projectId: string;
  readonly queue: WriteQueue<Block>;
  readonly codec: SignalCodec<Block>;
  /** Why nothing can be taken now, or null. */
  readonly fullBecause: () => string | null;
  readonly counters: SignalCounters;
  readonly onAcked?: (nowMs: number) => void;
  readonly now: () => number;
}

const LARGE_BYTES = 2 * 1024 * 1024;
const LARGE_RECORDS = 2_000;
const LARGE_REPEATED_BYTES = 8 * 1024 * 1024;

/** What was decoded, and, once the disk has answered, whether it took the rows of this table and those of the other. */
interface Appended {
  readonly decoded: Decoded;
  readonly written: Promise<readonly [here: boolean, elsewhere: boolean]>;
}

/** Never rejects: the disk may take the one and not the other. */
const writtenOf = (here: Promise<void>, elsewhere: Promise<void> | undefined): Appended['written'] =>
  Promise.all([hasSucceeded(here), hasSucceeded(elsewhere ?? Promise.resolve())]);

const hasSucceeded = (done: Promise<void>): Promise<boolean> =>
  done.then(
    () => true,
    () => false,
  );

/** Who sent a request. */
export interface Sender {
  /** Whether it still waits for the answer: false once it has gone, or was answered "send again". */
  isWaiting(): boolean;
}

/** @param sender without it the request is taken to be waited for */
export type Ingest = (body: Buffer, encoding: Encoding, sender?: Sender) => Promise<Outcome>;

const ALWAYS: Sender = { isWaiting: () => true };

/**
 * Returns a function that resolves when the rows of one body are on disk, and never before.
 * It throws MalformedError when the bytes are no request, RefusedError when they are too many, UnavailableError when
 * nothing can be taken now.
 */
export function createIngest<Block extends SpoolBlock>(deps: IngestDeps<Block>): Ingest {
  const { projectId, queue, codec, fullBecause, counters, now } = deps;
  const recent = new RecentRequests<Outcome & { readonly accepted: number; readonly reasons: Decoded['rejected'] }>(
    now,
  );

  // Large requests come one after the other: what they become in memory is held until it is on disk.
  let turns: Promise<unknown> = Promise.resolve();
  /** Who waits for the requests that are not answered yet: the same bytes may have been sent several times. */
  const waiting = new Map<string, Sender[]>();

  const take = async (body: Buffer, encoding: Encoding, senders: readonly Sender[]) => {
    const request = encoding === 'json' ? await codec.toProtobuf(body) : { bytes: body, rejected: {} };
    const batch = { projectId, receivedAtMs: now() };
    const { decoded, written } = await append(request.bytes, batch, senders);
    const reasons = sum(request.rejected, decoded.rejected);
    const superseded = decoded.superseded ?? 0;
    const parts = [decoded.accepted + superseded, decoded.elsewhere?.rows ?? 0] as const;
    const accepted = parts[0] + parts[1];
    const rejected = count(reasons);
    counters.received += accepted + rejected;
    for (const [reason, rows] of Object.entries(reasons)) counters.reject(reason, rows ?? 0);
    const [isHere, isElsewhere] = await written;
    const acked = (isHere ? parts[0] : 0) + (isElsewhere ? parts[1] : 0);
    // What one table has is inserted, whatever became of the rest; sent again, it takes the place of itself.
    counters.acked += acked;
    if (isHere) counters.deduplicated += superseded;
    if (!isHere || !isElsewhere) {
      counters.reject('not_written', accepted - acked);
      throw new UnavailableError('The disk did not take the data; send again shortly.');
    }
    if (accepted > 0) deps.onAcked?.(now());
    return { rejected, accepted, reasons, message: explain(codec, reasons, accepted, rejected) };
  };

  const append = async (bytes: Buffer, batch: Batch, senders: readonly Sender[]): Promise<Appended> => {
    if (isLarge(bytes, codec.noun)) return appendInTurn(bytes, batch, senders);
    const block = queue.open();
    if (block === null) throw new UnavailableError('More waits than the disk can take now; send again shortly.');
    const decoded = codec.decode(bytes, batch, block);
    const durable = decoded.accepted > 0 ? queue.committed() : Promise.resolve();
    return { decoded, written: writtenOf(durable, decoded.elsewhere?.durable) };
  };

  /**
   * A request that nobody waits for any more when its turn comes is not decoded: the answer was to send again. One that
   * is being decoded goes on, since its work has an end, and the same bytes sent again join it.
   */
  const appendInTurn = (bytes: Buffer, batch: Batch, senders: readonly Sender[]): Promise<Appended> => {
    const turn = turns.then(async () => {
      if (!senders.some((sender) => sender.isWaiting()))
        throw new UnavailableError('The turn of this request came too late; send again shortly.');
      const { blocks, decoded } = await codec.decodeInSlices(bytes, batch);
      const rows = decoded.accepted > 0 ? queue.append(blocks) : Promise.resolve();
      return { decoded, written: writtenOf(rows, decoded.elsewhere?.durable) };
    });
    turns = turn.then(({ written }) => written).catch(() => undefined);
    return turn;
  };

  return async function ingest(body, encoding, sender = ALWAYS) {
    const full = fullBecause();
    if (full !== null) throw new UnavailableError(full);
    const key = RecentRequests.keyOf(codec.signal, body);
    const known = recent.find(key);
    if (known !== null) {
      waiting.get(key)?.push(sender);
      const { accepted, rejected, reasons, message } = await known;
      counters.received += accepted + rejected;
      for (const [reason, rows] of Object.entries(reasons)) counters.reject(reason, rows ?? 0);
      counters.acked += accepted;
      counters.deduplicated += accepted;
      return { rejected, message };
    }
    const senders = [sender];
    const answer = take(body, encoding, senders);
    recent.remember(key, answer);
    waiting.set(key, senders);
    try {
      const { rejected, message } = await answer;
      return { rejected, message };
    } finally {
      waiting.delete(key);
    }
  };
}

/** Whether decoding it at once would block the event loop for longer than a few tens of milliseconds. */
function isLarge(bytes: Buffer, noun: string): boolean {
  if (bytes.length > LARGE_BYTES) return true;
  const { records, repeatedBytes } = measureRequest(bytes, noun);
  return records > LARGE_RECORDS || repeatedBytes > LARGE_REPEATED_BYTES;
}

function sum(a: Decoded['rejected'], b: Decoded['rejected']): Partial<Record<string, number>> {
  const all: Partial<Record<string, number>> = { ...a };
  for (const [reason, rows] of Object.entries(b)) all[reason] = (all[reason] ?? 0) + (rows ?? 0);
  return all;
}

const count = (reasons: Decoded['rejected']): number =>
  Object.values(reasons).reduce<number>((total, rows) => total + (rows ?? 0), 0);

function explain(
  codec: { readonly noun: string; readonly explanations: Readonly<Record<string, string>> },
  reasons: Decoded['rejected'],
  accepted: number,
  rejected: number,
): string {
  if (rejected === 0) return '';
  const why = Object.entries(reasons).map(
    ([reason, rows]) => `${rows} × ${reason}: ${codec.explanations[reason] ?? ''}`,
  );
  return `${rejected} of ${rejected + accepted} ${codec.noun} were not stored (${why.join('; ')}). The others were.`;
}
