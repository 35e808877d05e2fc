// A row's bar on the time axis: its position and look, its label and the side on which it fits.
import { formatDuration } from '../format.ts';
import { shorten } from '../whole-text.ts';
import type { TimeRange } from './axis.ts';
import type { TreeNode } from './tree.ts';

export interface Bar {
  /** Percent of the lane. A bar is never narrower than `MIN_SHARE`, so that a short step stays visible. */
  readonly x: number;
  readonly width: number;
  /** solid; soft: its children are shown below; error: outlined and crossed; open: not ended; stalled: silent, may never end. */
  readonly look: 'solid' | 'soft' | 'error' | 'missing' | 'open' | 'stalled';
  readonly label: string;
  readonly isError: boolean;
  /** Position of the label in percent, and the side of that point it is on. */
  readonly labelAt: number;
  readonly labelSide: 'right' | 'left' | 'inside';
  /** Percent from..to of the pause before a retry. */
  readonly wait: readonly [number, number] | null;
  /** Percent where a call left the service above, when this row is in another one. */
  readonly hop: number | null;
}

const MIN_SHARE = 0.45;
/** Width of a label character at 11 px, roughly; figures are tabular. */
const CHAR_PX = 6.9;
const GAP_PX = 6;

/**
 * @param node a row
 * @param window what the lane shows
 * @param isFolded whether its children are hidden
 * @param lanePx width of the lane
 * @returns null when the row lies outside the window
 */
export function barOf(node: TreeNode, window: TimeRange, isFolded: boolean, lanePx: number): Bar | null {
  const length = window.end - window.start;
  const share = (ms: number) => ((ms - window.start) / length) * 100;
  if (node.endMs < window.start || node.startMs > window.end) return null;
  const left = Math.max(0, share(node.startMs));
  const right = Math.min(100, share(node.endMs));
  const width = Math.max(MIN_SHARE, right - left);
  const x = Math.min(left, 100 - width);
  const isError = node.span?.isError === true;
  const wait = waitBefore(node);
  const from = wait === null ? x : Math.max(0, Math.min(x, share(wait.start)));
  const place = placeLabel(from, x, x + width, labelsOf(node), lanePx);
  return {
    x,
    width,
    look: lookOf(node, isFolded),
    label: place.label,
    isError,
    labelAt: place.at,
    labelSide: place.side,
    wait: wait === null || share(wait.end) <= 0 ? null : [from, Math.min(100, share(wait.end))],
    hop: hopsService(node) && node.parent !== null ? Math.max(0, Math.min(x, share(node.parent.startMs))) : null,
  };
}

function lookOf(node: TreeNode, isFolded: boolean): Bar['look'] {
  if (node.span === null) return 'missing';
  if (node.open !== null) return node.open.state === 'stalled' ? 'stalled' : 'open';
  if (node.children.length > 0 && !isFolded) return 'soft';
  return node.span.isError ? 'error' : 'solid';
}

/** The whole label, and a shorter one for when the lane is too narrow. */
function labelsOf(node: TreeNode): readonly [string, ...string[]] {
  const duration = `${formatDuration(node.endMs - node.startMs)}${node.open === null ? '' : '…'}`;
  if (node.span?.isError !== true) return [duration];
  return [
    `${duration} · ${node.children.length > 0 ? 'failed' : shorten(node.span.errorType ?? 'failed', 24)}`,
    duration,
  ];
}

/** Right of the bar, else left of it (and of the wait before it), else inside: the longest label that fits. */
function placeLabel(from: number, left: number, right: number, labels: readonly [string, ...string[]], lanePx: number) {
  const px = (percent: number) => (percent / 100) * lanePx;
  for (const label of labels) {
    const need = label.length * CHAR_PX + GAP_PX;
    if (px(right) + need <= lanePx) return { label, at: right, side: 'right' as const };
    if (px(from) - need >= 0) return { label, at: from, side: 'left' as const };
  }
  return { label: labels.at(-1) ?? labels[0], at: left, side: 'inside' as const };
}

/** The pause between the attempt before and this one, when this is a retry. */
export function waitBefore(node: TreeNode): TimeRange | null {
  const attempt = node.span?.retryAttempt ?? null;
  if (attempt === null || attempt === 0 || node.parent === null) return null;
  const before = node.parent.children.find(
    (sibling) => sibling.span?.retryAttempt === attempt - 1 && isSameStep(sibling, node),
  );
  if (before === undefined || before.endMs >= node.startMs) return null;
  return { start: before.endMs, end: node.startMs };
}

const isSameStep = (a: TreeNode, b: TreeNode): boolean =>
  a.span?.kind === b.span?.kind && (a.span?.toolName ?? null) === (b.span?.toolName ?? null);

/** Whether the row runs in another service than the row above it. */
export const hopsService = (node: TreeNode): boolean =>
  node.span !== null && node.parent?.span != null && node.parent.span.service !== node.span.service;

/** How many attempts the children of a row are: 0 when they are not retries. */
export function attemptsUnder(node: TreeNode): number {
  return node.children.filter((child) => child.span !== null && child.span.retryAttempt !== null).length;
}
