// The order of spans everywhere: by start time, and as in the tree where starts are equal.
import type { SpanRow } from '#contracts/span';
import { visibleRows } from './fold.ts';
import type { Tree } from './tree.ts';

/** All spans that have ended, by start time; of spans that start together, a parent comes before its children. */
export function spansInOrder(tree: Tree): SpanRow[] {
  return visibleRows(tree, new Set())
    .sort((a, b) => a.startMs - b.startMs)
    .flatMap((node) => (node.open === null ? node.span : null) ?? []);
}
