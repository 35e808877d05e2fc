// What a model gets to see of a run's facts, and what its words may refer to. No figure, id or time is in it: those are
// slots, filled by code. So runs that differ in nothing else ask the same question, and share one answer. Pure.
import type { RunFacts } from '#contracts/run-facts';
import type { SummaryWords } from '#contracts/summary';
import { formatDuration, formatExact, formatShare, times } from '#domain/format';
import { costInWords } from '#domain/run/story/words';
import { type Mask, shownWords, withoutFigures } from './shown-words.ts';

/** What the facts may take of the prompt, UTF-8 bytes: about 6,000 tokens at most. */
const FACTS_MAX_BYTES = 16_000;
/** Records of one kind. */
const MOST = { decisions: 8, errors: 6, retries: 5, others: 5, steps: 25 };

export interface Slot {
  readonly words: SummaryWords;
  /** Spans that show it. */
  readonly spanIds: readonly string[];
}

type Value =
  | string
  | boolean
  | readonly string[]
  | null
  | { readonly slot: string; readonly words?: string; readonly is?: string };
type FactRecord = Readonly<Record<string, Value>>;

export interface ModelView {
  readonly records: readonly FactRecord[];
  /** By name, without `{{f:` and `}}`. */
  readonly slots: ReadonlyMap<string, Slot>;
  /** Span ids by the short names that stand for them (`s1`). */
  readonly spans: ReadonlyMap<string, string>;
  /** Names in the facts: agents, steps, decisions, choices, error types, who took over. Never what someone said. */
  readonly names: readonly string[];
}

/** @param mask what else is masked before anything leaves */
export function modelView(facts: RunFacts, mask: Mask = (text) => text): ModelView {
  const slots = new Map<string, Slot>();
  const refs = new Map<string, string>();
  const names = new Set<string>();
  const span = (spanId: string): string => {
    const known = refs.get(spanId) ?? `s${refs.size + 1}`;
    refs.set(spanId, known);
    return known;
  };
  const spansOf = (ids: readonly string[]): string[] => [...new Set(ids)].slice(0, 3).map(span);
  const quoted = (slot: string, text: string | null, spanIds: readonly string[], isName = true): Value => {
    if (text === null || text === '') return null;
    const words = shownWords(text, mask);
    slots.set(slot, { words: { text: words, isTold: true }, spanIds });
    if (isName) names.add(words);
    return { slot: `{{f:${slot}}}`, words: withoutFigures(words) };
  };
  const figure = (slot: string, text: string | null, is: string, spanIds: readonly string[]): Value => {
    if (text === null) return null;
    slots.set(slot, { words: { text, isTold: false }, spanIds });
    return { slot: `{{f:${slot}}}`, is };
  };
  const { who, usage, rootError, stop } = facts;
  const ends = [who.spanId];
  const first: FactRecord[] = [
    {
      fact: 'run',
      spans: spansOf(ends),
      who: quoted('who', who.name, ends),
      duration: figure('duration', formatDuration(facts.durationMs), 'how long the run took', ends),
      cost: figure('cost', usage.costUsd === null ? null : costInWords(usage.costUsd), 'what it cost', usage.spanIds),
      tokens_in: figure(
        'tokens_in',
        usage.tokensIn === null ? null : formatExact(usage.tokensIn),
        'a number',
        usage.spanIds,
      ),
      tokens_out: figure(
        'tokens_out',
        usage.tokensOut === null ? null : formatExact(usage.tokensOut),
        'a number',
        usage.spanIds,
      ),
    },
  ];
  if (facts.asked !== null) {
    const ids = [facts.asked.spanId];
    first.push({ fact: 'was asked', spans: spansOf(ids), text: quoted('asked', facts.asked.text, ids, false) });
  }
  if (facts.answered !== null) {
    const ids = [facts.answered.spanId];
    first.push({ fact: 'answered', spans: spansOf(ids), text: quoted('answered', facts.answered.text, ids, false) });
  }
  if (rootError !== null) {
    const ids = [rootError.spanId];
    first.push({
      fact: 'where the failure began',
      spans: spansOf(ids),
      step: quoted('root_step', rootError.step, ids),
      type: quoted('root_type', rootError.errorType, ids),
      message: quoted('root_message', rootError.message, ids, false),
      timed_out: rootError.timedOut,
    });
  }
  if (stop !== null) {
    const ids = [stop.spanId];
    first.push({
      fact: 'was stopped',
      spans: spansOf(ids),
      who: quoted('stopped', stop.who, ids),
      reason: quoted('stop_reason', stop.reason, ids, false),
    });
  }
  const more: FactRecord[] = [];
  for (const [i, handed] of facts.escalations.slice(-MOST.others).entries()) {
    const ids = [handed.spanId];
    more.push({
      fact: 'handed over',
      spans: spansOf(ids),
      to: quoted(`handed${i + 1}_to`, handed.target, ids),
      reason: quoted(`handed${i + 1}_reason`, handed.reason, ids, false),
      answered: handed.answeredBy !== null,
    });
  }
  for (const [i, error] of facts.errors.slice(0, MOST.errors).entries()) {
    more.push({
      fact: 'step failed',
      spans: spansOf(error.spanIds),
      step: quoted(`error${i + 1}_step`, error.step, error.spanIds),
      type: quoted(`error${i + 1}_type`, error.errorType, error.spanIds),
      message: quoted(`error${i + 1}_message`, error.message, error.spanIds, false),
      times: figure(`error${i + 1}_times`, times(error.count), 'how often, with the word "times"', error.spanIds),
      timed_out: error.timedOut,
      got_over: error.gotOver,
    });
  }
  for (const [i, { name, choice, confidence, threshold, spanId, ...fact }] of facts.decisions
    .slice(0, MOST.decisions)
    .entries()) {
    const ids = [spanId];
    const share = (value: number | null, beside: number | null) => (value === null ? null : formatShare(value, beside));
    more.push({
      fact: 'decision',
      spans: spansOf(ids),
      name: quoted(`decision${i + 1}`, name, ids),
      choice: quoted(`choice${i + 1}`, choice, ids),
      confidence: figure(`confidence${i + 1}`, share(confidence, threshold), 'a share', ids),
      threshold: figure(`threshold${i + 1}`, share(threshold, confidence), 'a share', ids),
      standing: fact.standing,
      outcome: fact.outcome === null ? null : withoutFigures(shownWords(fact.outcome, mask)),
    });
  }
  for (const [i, lost] of facts.degraded.slice(0, MOST.others).entries()) {
    const ids = [lost.spanId];
    more.push({
      fact: lost.how,
      spans: spansOf(ids),
      without: quoted(`without${i + 1}`, lost.without.join(', '), ids),
    });
  }
  for (const [i, retry] of facts.retries.slice(0, MOST.retries).entries()) {
    more.push({
      fact: 'retried',
      spans: spansOf(retry.spanIds),
      step: quoted(`retry${i + 1}_step`, retry.step, retry.spanIds),
      attempts: figure(`retry${i + 1}_attempts`, formatExact(retry.attempts), 'a number of attempts', retry.spanIds),
      succeeded: retry.succeeded,
    });
  }
  for (const [i, loop] of facts.loops.slice(0, MOST.others).entries()) {
    more.push({
      fact: 'loop',
      spans: spansOf(loop.spanIds),
      step: quoted(`loop${i + 1}_step`, loop.step, loop.spanIds),
      times: figure(`loop${i + 1}_times`, times(loop.times), 'how often, with the word "times"', loop.spanIds),
    });
  }
  if (facts.slowest !== null) {
    const ids = [facts.slowest.spanId];
    more.push({
      fact: 'slowest step',
      spans: spansOf(ids),
      step: quoted('slowest', facts.slowest.step, ids),
      duration: figure('slowest_duration', formatDuration(facts.slowest.durationMs), 'how long it took', ids),
    });
  }
  for (const [i, step] of facts.steps.slice(0, MOST.steps).entries()) {
    more.push({
      fact: 'step',
      spans: spansOf(step.spanIds.slice(0, 1)),
      name: quoted(`step${i + 1}`, step.name, step.spanIds),
      kind: step.kind,
      status: step.status,
    });
  }
  return {
    records: fitting(first, more),
    slots,
    spans: new Map([...refs].map(([id, ref]) => [ref, id])),
    names: [...names],
  };
}

/** As many as fit; those at the end, the plain steps, go first. */
function fitting(first: readonly FactRecord[], more: readonly FactRecord[]): FactRecord[] {
  let bytesLeft = FACTS_MAX_BYTES - bytes(first);
  const kept: FactRecord[] = [];
  for (const record of more) {
    bytesLeft -= bytes(record) + 1;
    if (bytesLeft < 0) break;
    kept.push(record);
  }
  return [...first, ...kept];
}

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
