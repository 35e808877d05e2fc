// Whether a run ended well, failed, still runs or went silent. OTLP sends a span when it ends, so a run whose root has
// not arrived is either still running or was cut off; where its process announces open steps, it says which. Pure.
import type { OpenStep } from '#contracts/open-step';
import type { RunStatus } from '#contracts/run';
import type { RunFacts } from '#contracts/run-facts';
import type { SpanFacts } from './span-facts.ts';

/** A run without an end is taken for running as long as something arrived within this time. */
export const SILENCE_MS = 5 * 60 * 1000;

const PARENT_IS_REMOTE = 0x300;
/** No flag of OTLP: what the collector stores of `telltale.local_root`. */
export const LOCAL_ROOT_BIT = 30;
const LOCAL_ROOT = 2 ** LOCAL_ROOT_BIT;
const SERVER = 2;
const CONSUMER = 5;

type Placed = Pick<SpanFacts, 'parentSpanId' | 'flags' | 'otelKind' | 'startTime' | 'name' | 'isError' | 'spanId'>;

/** 0 = no parent, 1 = its parent is in another process or of another tracer, 2 = others. The `runs` table ranks in the same way. */
export function rank(span: Pick<Placed, 'parentSpanId' | 'flags' | 'otelKind'>): 0 | 1 | 2 {
  if (span.parentSpanId === null) return 0;
  const remote = (span.flags & PARENT_IS_REMOTE) === PARENT_IS_REMOTE;
  return remote || span.otelKind === SERVER || span.otelKind === CONSUMER ? 1 : 2;
}

/**
 * The flags of a span as they are stored. The parent of a local root is not among the spans of its SDK, so it is taken for
 * one of another process: of those it may never arrive.
 */
export function storedFlags(sent: number, isLocalRoot: boolean): number {
  const flags = (sent & ~LOCAL_ROOT) >>> 0;
  return isLocalRoot ? (flags | PARENT_IS_REMOTE | LOCAL_ROOT) >>> 0 : flags;
}

/**
 * Whether what has arrived is whole without a root: an SDK says of a span that none of its own is around it, and nothing
 * began before the top span, as the steps of a caller would have.
 */
function isWhole(spans: readonly Placed[], top: Placed): boolean {
  return (
    rank(top) === 1 &&
    spans.some(({ flags }) => (flags & LOCAL_ROOT) !== 0) &&
    spans.every(({ startTime }) => startTime >= top.startTime)
  );
}

/** Whether the run has ended: its root has come. */
export const hasRoot = (spans: readonly Pick<Placed, 'parentSpanId'>[]): boolean =>
  spans.some(({ parentSpanId }) => parentSpanId === null);

/** The root span, or the best candidate: the least (rank, start); name, outcome and id make the choice deterministic. */
export function topSpan<T extends Placed>(spans: readonly T[]): T {
  return spans.reduce((top, span) => (before(span, top) ? span : top));
}

function before(a: Placed, b: Placed): boolean {
  const [rankA, rankB] = [rank(a), rank(b)];
  if (rankA !== rankB) return rankA < rankB;
  if (a.startTime !== b.startTime) return a.startTime < b.startTime;
  if (a.name !== b.name) return a.name < b.name;
  if (a.isError !== b.isError) return b.isError;
  return a.spanId < b.spanId;
}

/**
 * @param nowMs ms since 1970
 * @param open steps that were announced and whose span has not come; without spans at least one
 */
export function runStatus(
  spans: readonly (Placed & Pick<SpanFacts, 'receivedAtMs'>)[],
  nowMs: number,
  open: readonly Pick<OpenStep, 'state'>[] = [],
): RunStatus {
  const isAlive = open.some(({ state }) => state !== 'stalled');
  if (spans.length === 0) return isAlive ? 'running' : 'stalled';
  const top = topSpan(spans);
  const outcome = top.isError ? 'error' : 'ok';
  const topRank = rank(top);
  if (topRank === 0) return outcome;
  if (open.length > 0) return isAlive ? 'running' : topRank === 1 ? outcome : 'stalled';
  if (isWhole(spans, top)) return outcome;
  const lastReceivedMs = spans.reduce((last, span) => Math.max(last, span.receivedAtMs), 0);
  if (nowMs - lastReceivedMs < SILENCE_MS) return 'running';
  return topRank === 1 ? outcome : 'stalled';
}

/** Whether the run is over: only then is its summary stored. */
export const hasEnded = ({ outcome }: Pick<RunFacts, 'outcome'>): boolean =>
  outcome !== 'running' && outcome !== 'waiting' && outcome !== 'stalled';
