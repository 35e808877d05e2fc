// The run page's state: the trace, its tree, what is folded, selected, focused and in the time window.
import type { Trace } from '#contracts/run';
import type { SpanRow } from '#contracts/span';
import { epochMs } from '../format.ts';
import type { Resource } from '../resource.svelte.ts';
import { router } from '../router.svelte.ts';
import { clampWindow, pan, type TimeRange, windowOf, windowText, zoom } from './axis.ts';
import { decisionsOf, mostNotable } from './facts.ts';
import { foldDeepest, openSiblings, reveal, seek, unfoldHighest, visibleRows } from './fold.ts';
import { spansInOrder } from './order.ts';
import { SpanPages } from './span-pages.svelte.ts';
import { type Tree, type TreeNode, treeOf } from './tree.ts';

/** More folded rows than this stay out of the address: it would become too long to share. */
const FOLDS_IN_ADDRESS = 30;

export class TraceView {
  readonly traceId: string;
  readonly pages: SpanPages;
  folded = $state.raw<ReadonlySet<string>>(new Set((router.params.get('fold') ?? '').split(',').filter(Boolean)));
  /** The row that has the tab stop; null before the reader moved. */
  activeId = $state<string | null>(null);
  /** Text searched for within the run. */
  sought = $state('');

  /** Those that are loaded. */
  readonly spans: readonly SpanRow[] = $derived.by(() => this.pages.spans);
  readonly isPartial: boolean = $derived.by(() => this.pages.isPartial);
  readonly tree: Tree = $derived.by(() => {
    const trace = this.resource.data;
    return trace === null ? treeOf([]) : treeOf(this.spans, trace.openSteps, epochMs(trace.run.endTime));
  });
  readonly rows: TreeNode[] = $derived(visibleRows(this.tree, this.folded));
  readonly window: TimeRange = $derived(windowOf(router.params.get('t'), this.tree.lengthMs));
  /** The spans by start time; spans with equal starts in the order of the tree. */
  readonly ordered: readonly SpanRow[] = $derived(spansInOrder(this.tree));
  readonly decisions: SpanRow[] = $derived(decisionsOf(this.ordered));
  /** Parents that are referenced and were not received; 0 while only some of the spans are loaded. */
  readonly missingParents: number = $derived(
    this.isPartial ? 0 : this.tree.roots.filter((node) => node.missing === 'parent').length,
  );
  /** The span of the address; null when it names none. It may be one that has not arrived. */
  readonly chosenId: string | null = $derived(router.params.get('span'));
  /** The step whose detail is shown beside the tree: the chosen one, else what the run does now, else the most notable one. */
  readonly shownId: string | null = $derived(
    this.chosenId ?? this.resource.data?.run.activity?.spanId ?? mostNotable(this.ordered)?.spanId ?? null,
  );

  /** The detail that is open was opened as a history entry of its own. */
  #isEntry = false;

  constructor(traceId: string) {
    this.traceId = traceId;
    this.pages = new SpanPages(traceId);
  }

  /** The newest reply of the API. Its spans are one page of them: see `spans`. */
  get resource(): Resource<Trace> {
    return this.pages.resource;
  }

  load(): Promise<void> {
    return this.pages.load();
  }

  /**
   * Selects a span: its detail opens, the address names it, what hides it is unfolded.
   * @param isScreen the detail hides the tree: it becomes a history entry, so that Back closes it
   */
  select(spanId: string, isScreen = false): void {
    this.#setFolded(reveal(this.tree, this.folded, spanId));
    this.activeId = spanId;
    if (!isScreen || this.chosenId !== null) {
      router.set({ span: spanId });
      return;
    }
    const params = new URLSearchParams(router.params);
    params.set('span', spanId);
    this.#isEntry = true;
    router.open(`?${params}`);
  }

  /** Moves the tab stop to a row without opening it. */
  activate(id: string): void {
    this.#setFolded(reveal(this.tree, this.folded, id));
    this.activeId = id;
  }

  close(): void {
    if (this.#isEntry) {
      this.#isEntry = false;
      history.back();
    } else {
      router.set({ span: null, tab: null });
    }
  }

  toggle(node: TreeNode, open: boolean): void {
    if (node.children.length === 0 || open === !this.folded.has(node.id)) return;
    const next = new Set(this.folded);
    if (open) next.delete(node.id);
    else next.add(node.id);
    this.#setFolded(next);
  }

  foldLevel(): void {
    this.#setFolded(foldDeepest(this.tree, this.folded));
  }

  unfoldLevel(): void {
    this.#setFolded(unfoldHighest(this.tree, this.folded));
  }

  openSiblings(node: TreeNode): void {
    this.#setFolded(openSiblings(node, this.tree, this.folded));
  }

  /** Selects the next (1) or previous (-1) error, decision, or row that holds the sought text. */
  go(to: 'error' | 'decision' | 'sought', step: 1 | -1): void {
    const needle = this.sought.trim().toLowerCase();
    const wanted = {
      error: (node: TreeNode) => node.span?.isError === true,
      decision: (node: TreeNode) => node.span?.decision != null,
      sought: (node: TreeNode) => needle !== '' && textOf(node).includes(needle),
    }[to];
    const found = seek(this.tree, this.activeId ?? this.shownId, step, wanted);
    if (found?.span != null) this.select(found.span.spanId);
  }

  /** How many rows hold the sought text. */
  readonly soughtCount: number = $derived.by(() => {
    const needle = this.sought.trim().toLowerCase();
    if (needle === '') return 0;
    let count = 0;
    for (const node of this.tree.byId.values()) if (textOf(node).includes(needle)) count++;
    return count;
  });

  zoomBy(factor: number, share = 0.5): void {
    this.show(zoom(this.window, factor, share, this.tree.lengthMs));
  }

  panBy(share: number): void {
    this.show(pan(this.window, share, this.tree.lengthMs));
  }

  /** Shows a time range of the trace; null shows all of it. */
  show(window: TimeRange | null): void {
    const { lengthMs } = this.tree;
    router.set({ t: window === null ? null : windowText(clampWindow(window, lengthMs), lengthMs) });
  }

  #setFolded(folded: ReadonlySet<string>): void {
    if (folded === this.folded) return;
    this.folded = folded;
    const inAddress = folded.size > 0 && folded.size <= FOLDS_IN_ADDRESS;
    router.set({ fold: inAddress ? [...folded].join(',') : null });
  }
}

/** The text that search within the run covers: the fields of a row, not the payloads. */
function textOf(node: TreeNode): string {
  const span = node.span;
  if (span === null) return '';
  const { name, kind, service, agent, errorType, errorMessage, model, toolName, decision, spanId } = span;
  const words = [
    name,
    kind,
    service,
    agent,
    errorType,
    errorMessage,
    model,
    toolName,
    decision?.name,
    decision?.choice,
    spanId,
  ];
  return words
    .filter((word) => word != null)
    .join('\n')
    .toLowerCase();
}
