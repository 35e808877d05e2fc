// What happened, in a few sentences from recorded facts; each names the span that shows it. No model writes this.
import type { Mark } from '#schema/mark';
import type { SpanRow } from '#schema/span';
import { formatDuration, formatShare, plural } from '../format.ts';
import { decisionsOf, escalationOf, firstErrors, isLowDecision, stopsOf } from './facts.ts';
import { stepName, toolOrStepName } from './names.ts';

/** Words of ours, or (told) of strangers: those are isolated when shown, since they may turn the writing direction. */
interface Words {
  readonly text: string;
  readonly isTold: boolean;
  /** A recorded reason is a sentence of its own, so it is not cut like a name. */
  readonly isWhole?: true;
}

export interface Sentence {
  readonly words: readonly Words[];
  /** The span that shows it. */
  readonly spanId: string;
  readonly cite: string;
  readonly isError: boolean;
}

const MOST_DECISIONS = 3;
const MOST_ERRORS = 2;
const MOST_STOPS = 2;
const MOST_MARKS = 4;

/**
 * At most twelve sentences: low and close decisions, where errors began, how steps got through, what stopped it, where it
 * was handed over.
 * @param spans in the order to tell them
 */
export function storyOf(spans: readonly SpanRow[]): Sentence[] {
  const places = new Map(spans.map((span, index) => [span, index]));
  const told: { at: number; sentence: Sentence }[] = [];
  const tell = (span: SpanRow, words: readonly Words[], isError = false) =>
    told.push({
      at: places.get(span) ?? 0,
      sentence: { words, spanId: span.spanId, cite: span.decision?.name || stepName(span), isError },
    });

  const close = decisionsOf(spans).filter(
    (span) => isLowDecision(span) || isJustOver(span) || isRuled(span) || isAnswer(span),
  );
  for (const span of close.slice(0, MOST_DECISIONS)) tell(span, decisionText(span));
  for (const group of errorGroups(spans).slice(0, MOST_ERRORS)) tell(group.first, errorText(group), true);
  for (const { span, words } of markSentences(spans).slice(0, MOST_MARKS)) tell(span, words);
  for (const span of stopsOf(spans).slice(-MOST_STOPS))
    tell(span, [...say`${span.agent ?? stepName(span)} stopped: `, ...because(span)], span.isError);
  const escalation = escalationOf(spans);
  if (escalation !== null)
    tell(
      escalation,
      handoverText(
        escalation,
        told.flatMap(({ sentence }) => sentence.words),
      ),
    );
  return told.sort((a, b) => a.at - b.at).map(({ sentence }) => sentence);
}

/** Why it was handed over is told with it, unless that was said before. */
function handoverText(span: SpanRow, said: readonly Words[]): Words[] {
  const target = span.escalationTarget || stepName(span);
  const isSaid = span.reason === null || said.some(({ text }) => text.includes(bare(span.reason ?? '')));
  return isSaid ? say`It was handed to ${target}.` : [...say`It was handed to ${target}: `, ...because(span)];
}

/** A decision's name before the reason says nothing new. */
const bare = (reason: string): string => reason.slice(reason.indexOf(': ') + 1).trim();

/** A policy stepped in. A decision that was not made at all, since its agent had stopped, is told with the stop. */
const isRuled = (span: SpanRow): boolean => span.reason !== null && span.stopReason === null;

/** A person's answer to a decision that asked. */
const isAnswer = ({ decision }: SpanRow): boolean =>
  decision?.confidenceSource === 'human' && decision.confidence === null;

/** Marks worth a sentence, each fact once, in the order of the spans. */
function markSentences(spans: readonly SpanRow[]): { span: SpanRow; words: Words[] }[] {
  const seen = new Set<string>();
  return spans.flatMap((span) =>
    span.marks.flatMap((mark) => {
      const words = markText(span, mark);
      const key = words?.map(({ text }) => text).join('') ?? '';
      if (words === null || seen.has(key)) return [];
      seen.add(key);
      return [{ span, words }];
    }),
  );
}

function markText(span: SpanRow, mark: Mark): Words[] | null {
  const step = toolOrStepName(span);
  const [first = '', ...rest] = mark.detail.split(' ');
  const name = rest.join(' ');
  switch (mark.code) {
    case 'retry':
      return span.isError || first === '1' ? null : [...say`${step} succeeded on `, plain(`retry ${mark.detail}.`)];
    case 'circuit':
      if (first === 'half_open' || span.errorType === 'circuit_open') return null;
      return say`The circuit ${name} ${first === 'closed' ? 'closed again' : 'opened'}.`;
    case 'dead_letter':
      return say`${span.name.replace(/^dead letter /, '')} was kept as a dead letter.`;
    case 'token_refreshed':
      return first === 'rejected' && span.name.startsWith('refresh token ')
        ? say`The token of ${span.name.slice('refresh token '.length)} was refreshed after a 401.`
        : null;
    case 'degraded':
      return [...say`It went on without ${name}`, plain(', degraded.')];
    case 'schema_changed':
      return [...say`The answer of ${step} no longer fits its schema: `, ...listed(mark.detail), plain('.')];
    case 'key':
      return mark.detail === 'replayed' ? say`${step} had been done before, so its result was used again.` : null;
    default:
      return null;
  }
}

/** Each field of its own, since long names are cut where they are shown. */
const listed = (detail: string): Words[] =>
  detail.split(', ').flatMap((text, i) => [...(i > 0 ? [plain(', ')] : []), { text, isTold: true }]);

function isJustOver({ decision }: SpanRow): boolean {
  if (decision?.confidence == null || decision.threshold === null) return false;
  return decision.confidence >= decision.threshold && decision.confidence - decision.threshold < 0.0500001;
}

/** A sentence whose `${…}` are words of strangers. */
const say = (ours: TemplateStringsArray, ...theirs: readonly string[]): Words[] =>
  ours.flatMap((text, i) => {
    const next = theirs[i];
    return next === undefined
      ? [{ text, isTold: false }]
      : [
          { text, isTold: false },
          { text: next, isTold: true },
        ];
  });

const because = ({ reason }: SpanRow): Words[] => [{ text: reason ?? '', isTold: true, isWhole: true }, plain('.')];

const plain = (text: string): Words => ({ text, isTold: false });

function decisionText(span: SpanRow): Words[] {
  const { choice, confidence, threshold } = span.decision ?? { choice: null, confidence: null, threshold: null };
  if (isAnswer(span)) return say`The answer was ${choice ?? span.decision?.outcome ?? 'not recorded'}.`;
  const who = span.agent ?? span.service;
  const at = confidence === null ? '' : ` at ${formatShare(confidence, threshold)}`;
  const against = threshold === null ? 'its threshold' : `its ${formatShare(threshold, confidence)} threshold`;
  const chose = choice === null ? say`${who} decided` : say`${who} chose ${choice}`;
  if (isRuled(span)) return [...chose, plain('; '), ...because(span)];
  return [...chose, plain(`${at}, ${isLowDecision(span) ? 'below' : 'just over'} ${against}.`)];
}

interface ErrorGroup {
  readonly first: SpanRow;
  count: number;
  /** ms of all of them together. */
  tookMs: number;
}

/** Errors of one kind of step told once, with how often. */
function errorGroups(spans: readonly SpanRow[]): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  const stopped = new Set(stopsOf(spans));
  for (const span of firstErrors(spans)) {
    if (stopped.has(span)) continue;
    const key = `${toolOrStepName(span)}\n${span.errorType}`;
    const group = groups.get(key) ?? { first: span, count: 0, tookMs: 0 };
    group.count++;
    group.tookMs += span.durationMs;
    groups.set(key, group);
  }
  return [...groups.values()];
}

function errorText({ first, count, tookMs }: ErrorGroup): Words[] {
  const what = first.errorType ?? 'an error';
  if (what === 'circuit_open') {
    const times = count === 1 ? '' : ` ${plural(count, 'time')}`;
    return [...say`${toolOrStepName(first)} `, plain(`was not called${times}: the circuit was open.`)];
  }
  const often = count === 1 ? 'failed' : `failed ${plural(count, 'time')}`;
  const after = plain(`, after ${formatDuration(tookMs)}${count === 1 ? '' : ' in all'}.`);
  return [...say`${toolOrStepName(first)} `, plain(`${often} with `), ...say`${what}`, after];
}
