// The keys of the tree, as in the ARIA treegrid pattern.
import type { TraceView } from './trace-view.svelte.ts';
import type { TreeNode } from './tree.ts';

interface Hands {
  readonly move: (to: TreeNode | undefined) => unknown;
  readonly open: () => unknown;
}

/**
 * @param node the row with the focus, at `index` of the rows in view
 * @returns whether the key was one of the tree's
 */
export function onTreeKey(key: string, node: TreeNode, index: number, view: TraceView, hands: Hands): boolean {
  const { rows, folded } = view;
  const isOpen = node.children.length > 0 && !folded.has(node.id);
  switch (key) {
    case 'ArrowDown':
      hands.move(rows[index + 1]);
      return true;
    case 'ArrowUp':
      hands.move(rows[index - 1]);
      return true;
    case 'Home':
      hands.move(rows[0]);
      return true;
    case 'End':
      hands.move(rows.at(-1));
      return true;
    case 'ArrowRight':
      if (isOpen) hands.move(node.children[0]);
      else view.toggle(node, true);
      return true;
    case 'ArrowLeft':
      if (isOpen) view.toggle(node, false);
      else hands.move(node.parent ?? undefined);
      return true;
    case '*':
      view.openSiblings(node);
      return true;
    case 'Enter':
    case ' ':
      hands.open();
      return true;
    default:
      return false;
  }
}
