// The run page's single keys; the arrows of the tree are in tree-keys.ts.
import type { TraceView } from './trace-view.svelte.ts';

interface Hands {
  readonly search: () => void;
  readonly copyLink: () => void;
  /** Scrolls the chosen row into view, and focuses it when another row had the focus. */
  readonly reveal: () => unknown;
}

const ZOOM = 2;

/** What each key does, by `KeyboardEvent.key`, with `Shift+` before arrows. */
export function runKeys(view: TraceView, hands: Hands): Readonly<Record<string, (() => void) | undefined>> {
  const go = (to: 'error' | 'decision' | 'sought', step: 1 | -1) => () => {
    view.go(to, step);
    queueMicrotask(() => hands.reveal());
  };
  const zoomToShown = () => {
    const node = view.shownId === null ? undefined : view.tree.byId.get(view.shownId);
    if (node === undefined) return;
    const margin = Math.max(0.02, (node.endMs - node.startMs) * 0.1);
    view.show({ start: node.startMs - margin, end: node.endMs + margin });
  };
  return {
    e: go('error', 1),
    E: go('error', -1),
    d: go('decision', 1),
    D: go('decision', -1),
    n: view.sought === '' ? undefined : go('sought', 1),
    N: view.sought === '' ? undefined : go('sought', -1),
    f: hands.search,
    y: hands.copyLink,
    z: zoomToShown,
    '[': () => view.foldLevel(),
    ']': () => view.unfoldLevel(),
    '+': () => view.zoomBy(ZOOM),
    '=': () => view.zoomBy(ZOOM),
    '-': () => view.zoomBy(1 / ZOOM),
    '−': () => view.zoomBy(1 / ZOOM),
    '0': () => view.show(null),
    'Shift+ArrowLeft': () => view.panBy(-0.25),
    'Shift+ArrowRight': () => view.panBy(0.25),
  };
}
