// What of the rows can be seen, whether their pane scrolls (wide screens) or the page does (narrow ones).
import { scrollFor } from './window.ts';

const ROW_PX = 26;
/** Two lines: the name above the bar. */
const NARROW_ROW_PX = 44;
/** Up to this width the layout is narrow: the page scrolls, the detail fills the screen. */
export const NARROW_AT_PX = 700;
/** The share of a row that the bars have beside the names. */
const LANE_SHARE = 0.56;
const PADDING_PX = 20;
/** The bars at the top and bottom of the page that a row must keep clear of. */
const CLEAR_PX = 60;

export class Viewport {
  scroller = $state<HTMLElement>();
  body = $state<HTMLElement>();
  paneWidthPx = $state(900);
  isNarrow = $state(innerWidth <= NARROW_AT_PX);
  /** How far the rows' top lies above what can be seen, and how much can be seen. */
  seen = $state.raw({ topPx: 0, heightPx: 900 });

  readonly rowPx: number = $derived(this.isNarrow ? NARROW_ROW_PX : ROW_PX);
  /** Width of the lane with the bars. */
  readonly lanePx: number = $derived(
    this.isNarrow ? Math.max(50, this.paneWidthPx - PADDING_PX) : this.paneWidthPx * LANE_SHARE,
  );

  readonly measure = (): void => {
    if (this.body === undefined || this.scroller === undefined) return;
    const rowsTop = this.body.getBoundingClientRect().top;
    const pane = this.scroller.getBoundingClientRect();
    const top = Math.max(0, pane.top);
    const heightPx = Math.max(0, Math.min(innerHeight, pane.bottom) - top);
    this.isNarrow = innerWidth <= NARROW_AT_PX;
    const topPx = top - rowsTop;
    if (topPx !== this.seen.topPx || heightPx !== this.seen.heightPx) this.seen = { topPx, heightPx };
  };

  /** Follows scrolling of pane and page. @returns how to stop */
  watch(): () => void {
    this.measure();
    addEventListener('scroll', this.measure, { capture: true, passive: true });
    addEventListener('resize', this.measure);
    return () => {
      removeEventListener('scroll', this.measure, { capture: true });
      removeEventListener('resize', this.measure);
    };
  }

  /** Scrolls the pane, not the page, to a row. */
  revealInPane(index: number): void {
    if (this.scroller === undefined) return;
    const to = scrollFor(index, this.rowPx, this.scroller.scrollTop, this.scroller.clientHeight);
    if (to !== null) this.scroller.scrollTop = to;
    this.measure();
  }

  /** Brings a row into view, whichever of pane and page hides it. */
  reveal(index: number): void {
    this.revealInPane(index);
    if (this.body === undefined) return;
    const top = this.body.getBoundingClientRect().top + index * this.rowPx;
    if (top < CLEAR_PX || top + this.rowPx > innerHeight - CLEAR_PX) scrollBy(0, top - innerHeight / 2);
    this.measure();
  }
}
