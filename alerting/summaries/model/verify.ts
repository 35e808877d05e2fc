// Holds what a model wrote against the facts, and fills in names and figures. A sentence with anything that is not in
// the facts is dropped; with a wrong outcome, or fewer than two left, the template's words stay. Pure.
import type { RunFacts } from '#contracts/run-facts';
import type { Story, SummarySentence, SummaryWords } from '#contracts/summary';
import { charCount } from '#domain/clip';
import { maskSecrets } from '#domain/run/facts/mask-secrets';
import { HEADLINE_MAX_CHARS, SENTENCES_MAX } from '#domain/run/story/limits';
import { textOf } from '#domain/run/story/words';
import type { ModelAnswer } from './answer.ts';
import { type Behind, plainOf, SLOT, whyNot } from './check-text.ts';
import { saysOutcome } from './claims.ts';
import type { ModelView } from './model-view.ts';

export interface Verified {
  /** null: the template's words stay. */
  readonly story: Story | null;
  /** What came of the check, in words. */
  readonly verdict: string;
}

const FEWEST = 2;

/**
 * @param answer of the shape asked for
 * @param template the summary that the template writes from the same facts; its last sentence, and what must not be
 *   missing, are taken from it
 */
export function verify(answer: ModelAnswer, facts: RunFacts, view: ModelView, template: Story): Verified {
  if (answer.outcome !== facts.outcome) return { story: null, verdict: 'not taken: wrong outcome' };
  const behind: Behind = { facts, slots: view.slots, names: view.names };
  const dropped: string[] = [];
  const kept = answer.story.slice(0, SENTENCES_MAX).flatMap(({ text, span_ids }) => {
    const why = whyNot(text, behind) ?? whyNotSpans(span_ids, view);
    if (why === null) return [sentenceOf(text, span_ids, view)];
    dropped.push(why);
    return [];
  });
  if (kept.length < FEWEST)
    return { story: null, verdict: `not taken: too little left (${reasons(dropped) || 'too few sentences'})` };
  const headline = headlineOf(answer.headline, behind);
  if (headline === null) dropped.push('headline');
  const end = template.sentences.at(-1) as SummarySentence;
  const extras = extrasOf(answer, behind, view, dropped);
  const middle = withWhatMustBeSaid(kept, facts, template).slice(0, SENTENCES_MAX - 1);
  const extrasLeft = SENTENCES_MAX - 1 - middle.length;
  const sentences = [...middle, end, ...extras.slice(0, extrasLeft)];
  const verdict = dropped.length === 0 ? 'checked, all of it kept' : `checked, dropped: ${reasons(dropped)}`;
  return { story: { headline: headline ?? template.headline, sentences }, verdict };
}

const reasons = (dropped: readonly string[]): string => [...new Set(dropped)].join(', ');

function whyNotSpans(refs: readonly string[], { spans }: ModelView): string | null {
  if (refs.length === 0) return 'no span';
  return refs.every((ref) => spans.has(ref)) ? null : 'span not in the run';
}

/** Slots filled, ended with a full stop, cited by what it names and by the spans of its slots. */
function sentenceOf(text: string, refs: readonly string[], { spans, slots }: ModelView, before = ''): SummarySentence {
  const words = fill(text, slots);
  const first = words[0];
  if (before !== '') words.unshift({ text: before, isTold: false });
  else if (first !== undefined && !first.isTold) words[0] = { ...first, text: capital(first.text) };
  const used = [...text.matchAll(SLOT)].flatMap(([, name]) => slots.get(name as string)?.spanIds ?? []);
  if (!/[.!?…]['’”)]?$/.test(textOf({ words }))) words.push({ text: '.', isTold: false });
  const spanIds = [...new Set([...refs.flatMap((ref) => spans.get(ref) ?? []), ...used])];
  return { words, spanIds, isError: /\b(?:fail|crash|broke|stopped|timed)/.test(plainOf(text)) };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Pieces of the model's own words and of untrusted text, secrets masked once more. */
function fill(text: string, slots: ModelView['slots']): SummaryWords[] {
  const words: SummaryWords[] = [];
  for (const [i, piece] of text
    .trim()
    .split(/\{\{f:([a-z0-9_]+)\}\}/)
    .entries()) {
    const slot = i % 2 === 1 ? slots.get(piece) : undefined;
    const next = slot === undefined ? { text: piece, isTold: false } : slot.words;
    if (next.text !== '') words.push({ ...next, text: maskSecrets(next.text) });
  }
  return words;
}

function headlineOf(text: string, behind: Behind): string | null {
  const bare = text.trim().replace(/\.$/, '');
  if (whyNot(bare, behind) !== null || !saysOutcome(plainOf(bare), behind.facts)) return null;
  const line = textOf({ words: fill(bare, behind.slots) });
  return charCount(line) <= HEADLINE_MAX_CHARS ? line : null;
}

/** The likely cause and what to look at next, as sentences that say what they are. */
function extrasOf(answer: ModelAnswer, behind: Behind, view: ModelView, dropped: string[]): SummarySentence[] {
  const extras: SummarySentence[] = [];
  const { likely_cause: cause, next_check: next } = answer;
  if (cause !== null) {
    const hasFailed = behind.facts.errorCount > 0 || behind.facts.stop !== null;
    const why = hasFailed
      ? (whyNot(cause.text, behind, true) ?? whyNotSpans(cause.span_ids, view))
      : 'cause of nothing';
    const before = `Likely cause (${cause.confidence === 'low' ? 'low' : 'medium'} confidence): `;
    if (why === null) extras.push(sentenceOf(cause.text, cause.span_ids, view, before));
    else dropped.push(why);
  }
  if (next !== null) {
    const why = whyNot(next, behind);
    const about = behind.facts.rootError?.spanId ?? behind.facts.stop?.spanId ?? behind.facts.who.spanId;
    const sentence = why === null ? sentenceOf(next, [], view, 'To look at next: ') : null;
    if (sentence !== null)
      extras.push({ ...sentence, spanIds: sentence.spanIds.length > 0 ? sentence.spanIds : [about] });
    else dropped.push(why as string);
  }
  return extras;
}

/** The template adds where a failure began, what stopped it and who took over when the model left them out. */
function withWhatMustBeSaid(kept: readonly SummarySentence[], facts: RunFacts, template: Story): SummarySentence[] {
  const must: { spanId: string; words: readonly (string | null)[] }[] = [];
  if (facts.rootError !== null) {
    const { spanId, step, errorType, message, isRun } = facts.rootError;
    must.push({ spanId, words: [isRun ? null : step, errorType ?? message] });
  }
  if (facts.stop !== null) must.push({ spanId: facts.stop.spanId, words: [facts.stop.who] });
  for (const { spanId, target } of facts.escalations) must.push({ spanId, words: [target] });
  const text = kept.map(textOf).join(' ');
  const middle = template.sentences.slice(0, -1);
  const added = new Set<SummarySentence>();
  for (const { spanId, words } of must) {
    const missing = words.filter((word) => word !== null && !text.includes(word));
    if (missing.length === 0) continue;
    const naming = middle.filter((sentence) => missing.some((word) => textOf(sentence).includes(word as string)));
    const best = naming.find(({ spanIds }) => spanIds.includes(spanId)) ?? naming[0];
    if (best !== undefined) added.add(best);
  }
  return [...kept.slice(0, SENTENCES_MAX - 1 - added.size), ...added];
}
