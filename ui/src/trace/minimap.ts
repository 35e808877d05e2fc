// The whole trace in a few lanes: every span when there are few, painted on a coarse grid when there are many.
import type { SpanKind } from '#contracts/span';
import type { TreeNode } from './tree.ts';

export interface Mini {
  /** Percent. */
  readonly x: number;
  readonly width: number;
  readonly lane: number;
  readonly kind: SpanKind;
  readonly isError: boolean;
  readonly isSoft: boolean;
}

const LANES = 22;
const COLUMNS = 160;
/** Up to here every span has its own rectangle. */
const FEW = 300;

/** Rectangles in at most 22 lanes, in row order; at most a few thousand, however long the trace. */
export function minimapOf(rows: readonly TreeNode[], lengthMs: number): { lanes: number; marks: Mini[] } {
  const lanes = Math.max(1, Math.min(LANES, rows.length));
  if (rows.length <= FEW)
    return { lanes, marks: rows.flatMap((node, i) => single(node, Math.floor((i / rows.length) * lanes), lengthMs)) };
  const grid = new Map<number, TreeNode>();
  rows.forEach((node, i) => {
    const lane = Math.floor((i / rows.length) * lanes);
    const column = (ms: number) => Math.min(COLUMNS - 1, Math.floor((ms / lengthMs) * COLUMNS));
    for (let c = column(node.startMs); c <= column(node.endMs); c++) paint(grid, lane * COLUMNS + c, node);
  });
  return { lanes, marks: runs(grid) };
}

function single(node: TreeNode, lane: number, lengthMs: number): Mini[] {
  if (node.span === null) return [];
  const width = Math.max(0.4, ((node.endMs - node.startMs) / lengthMs) * 100);
  return [{ x: Math.min(100 - width, (node.startMs / lengthMs) * 100), width, lane, ...look(node) }];
}

const look = (node: TreeNode) => {
  const isSoft = node.children.length > 0;
  return { kind: node.span?.kind ?? ('other' as const), isError: node.span?.isError === true && !isSoft, isSoft };
};

/** An error shows through, then a leaf, then a parent. */
function paint(grid: Map<number, TreeNode>, cell: number, node: TreeNode): void {
  if (node.span === null) return;
  const rank = (n: TreeNode) => (look(n).isError ? 2 : look(n).isSoft ? 0 : 1);
  const there = grid.get(cell);
  if (there === undefined || rank(node) > rank(there)) grid.set(cell, node);
}

/** Neighboring cells of the same look become one rectangle. */
function runs(grid: ReadonlyMap<number, TreeNode>): Mini[] {
  const marks: Mini[] = [];
  let last: { mark: Mini; cell: number } | null = null;
  for (const [cell, node] of [...grid].sort(([a], [b]) => a - b)) {
    const lane = Math.floor(cell / COLUMNS);
    const mark: Mini = { x: ((cell % COLUMNS) / COLUMNS) * 100, width: 100 / COLUMNS, lane, ...look(node) };
    const joins =
      last !== null &&
      last.cell === cell - 1 &&
      last.mark.lane === lane &&
      last.mark.kind === mark.kind &&
      last.mark.isError === mark.isError &&
      last.mark.isSoft === mark.isSoft;
    if (joins && last !== null) {
      const longer: Mini = { ...last.mark, width: last.mark.width + mark.width };
      marks[marks.length - 1] = longer;
      last = { mark: longer, cell };
    } else {
      marks.push(mark);
      last = { mark, cell };
    }
  }
  return marks;
}
