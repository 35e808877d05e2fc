// Folding: the visible rows, given the folded ones; one level at a time with [ and ].
import type { Tree, TreeNode } from './tree.ts';

/** The visible rows, top to bottom. */
export function visibleRows(tree: Tree, folded: ReadonlySet<string>): TreeNode[] {
  const rows: TreeNode[] = [];
  const open = [...tree.roots].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    rows.push(node);
    if (folded.has(node.id)) continue;
    for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i] as TreeNode);
  }
  return rows;
}

/** `[`: folds every open row of the deepest level that has any. The same set again when nothing is open. */
export function foldDeepest(tree: Tree, folded: ReadonlySet<string>): Set<string> {
  const open = visibleRows(tree, folded).filter((node) => node.children.length > 0 && !folded.has(node.id));
  const deepest = open.reduce((level, node) => Math.max(level, node.level), 0);
  return new Set([...folded, ...open.filter((node) => node.level === deepest).map((node) => node.id)]);
}

/** `]`: unfolds every folded row of the highest level that has any. */
export function unfoldHighest(tree: Tree, folded: ReadonlySet<string>): Set<string> {
  const shut = visibleRows(tree, folded).filter((node) => folded.has(node.id));
  const highest = shut.reduce((level, node) => Math.min(level, node.level), Number.POSITIVE_INFINITY);
  const opened = new Set(shut.filter((node) => node.level === highest).map((node) => node.id));
  return new Set([...folded].filter((id) => !opened.has(id)));
}

/** Unfolds all that hides a row, so that it can be shown. */
export function reveal(tree: Tree, folded: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const above = new Set<string>();
  for (let up = tree.byId.get(id)?.parent ?? null; up !== null; up = up.parent) above.add(up.id);
  if (![...folded].some((foldedId) => above.has(foldedId))) return folded;
  return new Set([...folded].filter((foldedId) => !above.has(foldedId)));
}

/** `*`: opens the row and all its siblings. */
export function openSiblings(node: TreeNode, tree: Tree, folded: ReadonlySet<string>): Set<string> {
  const siblings = new Set((node.parent?.children ?? tree.roots).map((sibling) => sibling.id));
  return new Set([...folded].filter((id) => !siblings.has(id)));
}

/**
 * The next or previous row for which `wanted` holds, in tree order, folded ones included, starting after `fromId`
 * and going round. null when there is none.
 */
export function seek(
  tree: Tree,
  fromId: string | null,
  step: 1 | -1,
  wanted: (node: TreeNode) => boolean,
): TreeNode | null {
  const all = visibleRows(tree, new Set());
  const from = all.findIndex((node) => node.id === fromId);
  const begin = from < 0 && step < 0 ? 0 : from;
  for (let i = 1; i <= all.length; i++) {
    const node = all[(begin + step * i + all.length * 2) % all.length];
    if (node !== undefined && wanted(node)) return node;
  }
  return null;
}
