// What happened, in a few sentences from recorded facts; each names the span that shows it. No model writes this.
import type { SpanRow } from '#schema/span';
import { formatDuration, formatShare, plural } from '../format.ts';
import { decisionsOf, escalationOf, firstErrors, isLowDecision } from './facts.ts';

export interface Sentence {
  readonly text: string;
  /** The span that shows it. */
  readonly spanId: string;
  readonly cite: string;
  readonly isError: boolean;
}

const MOST_DECISIONS = 3;
const MOST_ERRORS = 2;

/** At most six sentences: low and close decisions, where errors began, where it was handed over. By time. */
export function storyOf(spans: readonly SpanRow[]): Sentence[] {
  const told: { at: string; sentence: Sentence }[] = [];
  const tell = (span: SpanRow, text: string, isError = false) =>
    told.push({ at: span.startTime, sentence: { text, spanId: span.spanId, cite: span.decision?.name ?? span.name, isError } });

  const close = decisionsOf(spans).filter((span) => isLowDecision(span) || isJustOver(span));
  for (const span of close.slice(0, MOST_DECISIONS)) tell(span, decisionText(span));
  for (const group of errorGroups(spans).slice(0, MOST_ERRORS)) tell(group.first, errorText(group), true);
  const escalation = escalationOf(spans);
  if (escalation !== null) tell(escalation, `It was handed to ${escalation.escalationTarget ?? escalation.name}.`);
  return told.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ sentence }) => sentence);
}

function isJustOver({ decision }: SpanRow): boolean {
  if (decision?.confidence == null || decision.threshold === null) return false;
  return decision.confidence >= decision.threshold && decision.confidence - decision.threshold < 0.0500001;
}

function decisionText(span: SpanRow): string {
  const { choice, confidence, threshold } = span.decision ?? { choice: null, confidence: null, threshold: null };
  const who = span.agent ?? span.service;
  const at = confidence === null ? '' : ` at ${formatShare(confidence, threshold)}`;
  const against = threshold === null ? '' : `${formatShare(threshold, confidence)} threshold`;
  const chose = choice === null ? 'decided' : `chose ${choice}`;
  return `${who} ${chose}${at}, ${isLowDecision(span) ? 'below' : 'just over'} its ${against}.`;
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
  for (const span of firstErrors(spans)) {
    const key = `${stepOf(span)}\n${span.errorType}`;
    const group = groups.get(key) ?? { first: span, count: 0, tookMs: 0 };
    group.count++;
    group.tookMs += span.durationMs;
    groups.set(key, group);
  }
  return [...groups.values()];
}

const stepOf = (span: SpanRow): string => span.toolName ?? span.name;

function errorText({ first, count, tookMs }: ErrorGroup): string {
  const what = first.errorType ?? 'an error';
  const often = count === 1 ? 'failed' : `failed ${plural(count, 'time')}`;
  return `${stepOf(first)} ${often} with ${what}, after ${formatDuration(tookMs)}${count === 1 ? '' : ' in all'}.`;
}
