// Which rows of a long list are drawn: those in view and a few around them. Rows have one fixed height.

export interface RowWindow {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * @param topPx how far the list's top lies above the viewport's top (negative: it begins below it)
 * @param heightPx of the viewport
 * @param spare rows drawn beyond each edge, so that scrolling does not show a gap
 */
export function rowWindow(topPx: number, heightPx: number, rowPx: number, count: number, spare = 12): RowWindow {
  const first = Math.floor(topPx / rowPx) - spare;
  const last = Math.ceil((topPx + heightPx) / rowPx) + spare;
  const from = Math.min(Math.max(0, first), Math.max(0, count - 1));
  return { from, to: Math.max(from, Math.min(count, last)) };
}

/** The indexes to draw: the window, and the row that has the focus even when it is out of view. */
export function drawnRows(window: RowWindow, focused: number): number[] {
  const rows = Array.from({ length: window.to - window.from }, (_, i) => window.from + i);
  if (focused < 0 || (focused >= window.from && focused < window.to)) return rows;
  return focused < window.from ? [focused, ...rows] : [...rows, focused];
}

/** Where to scroll so that a row is in view: null when it already is. */
export function scrollFor(index: number, rowPx: number, topPx: number, heightPx: number): number | null {
  const top = index * rowPx;
  if (top < topPx) return Math.max(0, top - rowPx);
  if (top + rowPx > topPx + heightPx) return top + 2 * rowPx - heightPx;
  return null;
}
