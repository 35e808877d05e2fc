// The small words beside a step's name: what it used or chose, and the one badge that matters most.
import type { SpanRow } from '#contracts/span';
import { standing } from '#domain/decision';
import { isLow } from '../confidence.ts';
import { formatShare } from '../format.ts';
import { attemptsUnder } from './bars.ts';
import { stopsOf } from './facts.ts';
import { retryWords } from './marks.ts';
import { stateWords } from './open-rows.ts';
import type { TreeNode } from './tree.ts';

export interface Badge {
  readonly tone: 'error' | 'low' | 'plain';
  readonly text: string;
}

const bare = (confidence: number, threshold: number): string => formatShare(confidence, threshold).replace(/^0\./, '.');

const isStopped = (span: SpanRow): boolean => stopsOf([span]).length > 0;

/** Errors first, then decisions at or under their threshold. */
export function badgeOf(node: TreeNode): Badge | null {
  const span = node.span;
  if (span === null) return null;
  if (span.isError) {
    const tries = attemptsUnder(node);
    return { tone: 'error', text: tries > 1 ? `${tries} attempts` : isStopped(span) ? 'stopped' : '' };
  }
  if (isStopped(span)) return { tone: 'low', text: 'stopped' };
  if (span.kind !== 'agent' && span.stopReason !== null && span.reason !== null)
    return { tone: 'low', text: 'not run' };
  const { confidence = null, threshold = null } = span.decision ?? {};
  if (confidence !== null && threshold !== null) {
    if (isLow(confidence, threshold)) return { tone: 'low', text: `below ${bare(confidence, threshold)}` };
    if (standing({ confidence, threshold }) === 'near')
      return { tone: 'plain', text: `near ${bare(confidence, threshold)}` };
  }
  return null;
}

/** What follows the name in gray: attempt, choice, model, or who it went to. */
export function noteOf(node: TreeNode): string {
  const span = node.span;
  if (span === null) return '';
  if (node.open !== null) return stateWords(node.open);
  if (span.retryAttempt !== null && node.parent !== null) {
    const all = attemptsUnder(node.parent);
    if (all > 1) return retryWords(span, all);
  }
  if (span.decision !== null) {
    const { choice, confidence } = span.decision;
    return [choice, badgeOf(node) === null && confidence !== null ? formatShare(confidence).replace(/^0\./, '.') : null]
      .filter(Boolean)
      .join(' ');
  }
  if (span.escalationTarget !== null && !span.name.includes(span.escalationTarget)) return span.escalationTarget;
  return span.model ?? (span.toolName !== null && span.toolName !== span.name ? span.toolName : '');
}
