// The spans of a trace as a tree: children under parents, orphans under a heading of their missing parent, cycles cut.
import type { OpenStep } from '#contracts/open-step';
import type { SpanRow } from '#contracts/span';
import { isLow } from '../confidence.ts';
import { epochMs } from '../format.ts';
import { rowOfOpenStep } from './open-rows.ts';

/** A row of the tree: a span, or the heading over spans whose parent was not received. */
export interface TreeNode {
  /** The span's id; `missing:<id>` for a heading. */
  readonly id: string;
  /** null for a heading. */
  readonly span: SpanRow | null;
  /** Set while the step has not ended; its span is then built from what the process last reported. */
  readonly open: OpenStep | null;
  /** The id that was not received (headings only). */
  readonly missingId: string | null;
  /** Why the heading is there: the parent is missing, or the spans name each other as parents. */
  readonly missing: 'parent' | 'cycle' | null;
  parent: TreeNode | null;
  readonly children: TreeNode[];
  /** 1 for the top. */
  level: number;
  /** 1 for the first among its siblings, and how many those are. */
  position: number;
  siblings: number;
  /** ms since the start of the trace. A heading spans its children. */
  startMs: number;
  endMs: number;
  /** How many rows, and errors among them, are below this one. */
  below: number;
  errorsBelow: number;
  /** Whether this row or one below it is an error or a low decision. */
  isNotable: boolean;
}

export interface Tree {
  readonly roots: readonly TreeNode[];
  readonly byId: ReadonlyMap<string, TreeNode>;
  /** Epoch ms of the first start. */
  readonly startEpochMs: number;
  /** ms from the first start to the last end; at least a thousandth. */
  readonly lengthMs: number;
}

/**
 * A repeated span id keeps its first row: the API returns one row per span, so this is only a guard.
 * @param openSteps steps that have not ended
 * @param untilEpochMs the latest time known of the run
 */
export function treeOf(finished: readonly SpanRow[], openSteps: readonly OpenStep[] = [], untilEpochMs = 0): Tree {
  const open = new Map(openSteps.map((step) => [step.spanId, step]));
  const spans = [...finished, ...openSteps.map((step) => rowOfOpenStep(step, untilEpochMs))];
  const starts = spans.map((span) => epochMs(span.startTime));
  const first = starts.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const startEpochMs = Number.isFinite(first) ? first : 0;
  const byId = new Map<string, TreeNode>();
  let lengthMs = 0.001;
  spans.forEach((span, index) => {
    if (byId.has(span.spanId)) return;
    const startMs = (starts[index] ?? startEpochMs) - startEpochMs;
    const endMs = startMs + Math.max(0, span.durationMs);
    lengthMs = Math.max(lengthMs, endMs);
    const step = index < finished.length ? null : (open.get(span.spanId) ?? null);
    byId.set(span.spanId, nodeOf(span.spanId, span, startMs, endMs, step));
  });
  const headings = new Map<string, TreeNode>();
  const roots: TreeNode[] = [];
  for (const node of byId.values()) {
    const parentId = node.span?.parentSpanId ?? null;
    if (parentId === null) roots.push(node);
    else adopt(byId.get(parentId) ?? headingOf(headings, parentId, 'parent'), node);
  }
  roots.push(...headings.values());
  cutCycles(byId, roots);
  roots.sort(byStart);
  sumUp(roots);
  return { roots, byId, startEpochMs, lengthMs };
}

function nodeOf(
  id: string,
  span: SpanRow | null,
  startMs: number,
  endMs: number,
  open: OpenStep | null = null,
): TreeNode {
  const base = {
    parent: null,
    children: [],
    level: 1,
    position: 1,
    siblings: 1,
    below: 0,
    errorsBelow: 0,
    isNotable: false,
  };
  return { id, span, open, missingId: null, missing: null, startMs, endMs, ...base };
}

function headingOf(headings: Map<string, TreeNode>, missingId: string, missing: 'parent' | 'cycle'): TreeNode {
  const known = headings.get(missingId);
  if (known !== undefined) return known;
  const node = nodeOf(`missing:${missingId}`, null, Number.POSITIVE_INFINITY, 0);
  const heading = { ...node, missingId, missing };
  headings.set(missingId, heading);
  return heading;
}

function adopt(parent: TreeNode, child: TreeNode): void {
  parent.children.push(child);
  child.parent = parent;
  if (parent.span !== null) return;
  parent.startMs = Math.min(parent.startMs, child.startMs);
  parent.endMs = Math.max(parent.endMs, child.endMs);
}

/** Spans no root reaches name each other as parents: the earliest of each ring is moved under a heading. */
function cutCycles(byId: ReadonlyMap<string, TreeNode>, roots: TreeNode[]): void {
  const reached = new Set<TreeNode>();
  const mark = (top: TreeNode) => {
    const open = [top];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (reached.has(node)) continue;
      reached.add(node);
      open.push(...node.children);
    }
  };
  for (const root of roots) mark(root);
  const headings = new Map<string, TreeNode>();
  const unreached = [...byId.values()].filter((node) => !reached.has(node));
  for (const node of unreached.sort(byStart)) {
    if (reached.has(node) || !isInRing(node)) continue;
    const old = node.parent;
    old?.children.splice(old.children.indexOf(node), 1);
    const heading = headingOf(headings, old?.id ?? node.id, 'cycle');
    adopt(heading, node);
    mark(heading);
    roots.push(heading);
  }
}

/** Whether following parents leads back to the node itself (rather than into another ring). */
function isInRing(node: TreeNode): boolean {
  const seen = new Set<TreeNode>();
  for (let up = node.parent; up !== null && !seen.has(up); up = up.parent) {
    if (up === node) return true;
    seen.add(up);
  }
  return false;
}

/** Spans with equal starts keep the order of the API: which of them ended first does not matter. */
const byStart = (a: TreeNode, b: TreeNode): number => a.startMs - b.startMs;

/** Sorts children, sets levels, adds up what is below. Without recursion: a chain may be thousands deep. */
function sumUp(roots: readonly TreeNode[]): void {
  const order: TreeNode[] = [];
  const settle = (siblings: readonly TreeNode[], level: number) =>
    siblings.forEach((node, index) => {
      node.level = level;
      node.position = index + 1;
      node.siblings = siblings.length;
      order.push(node);
    });
  settle(roots, 1);
  for (let i = 0; i < order.length; i++) {
    const node = order[i] as TreeNode;
    settle(node.children.sort(byStart), node.level + 1);
  }
  for (const node of order.reverse()) {
    const decision = node.span?.decision ?? null;
    const low = decision !== null && isLow(decision.confidence, decision.threshold);
    node.isNotable ||= node.span?.isError === true || low;
    if (node.parent === null) continue;
    node.parent.below += node.below + 1;
    node.parent.errorsBelow += node.errorsBelow + (node.span?.isError === true ? 1 : 0);
    node.parent.isNotable ||= node.isNotable;
  }
}
