// Spans as a tree: order, orphans, cycles, and chains too deep for recursion.
import { describe, expect, it } from 'vitest';
import { decisionsOf } from './facts.ts';
import { decided, spanRow } from './fixture.ts';
import { foldDeepest, openSiblings, reveal, seek, unfoldHighest, visibleRows } from './fold.ts';
import { spansInOrder } from './order.ts';
import { treeOf } from './tree.ts';

const names = (rows: readonly { id: string }[]) => rows.map((row) => row.id);
const NONE: ReadonlySet<string> = new Set();

const RUN = [
  spanRow('child-b', 'root', 300, 100, { isError: true }),
  spanRow('root', null, 0, 1000),
  spanRow('child-a', 'root', 100, 150),
  spanRow('grandchild', 'child-b', 310, 20, { decision: decided(0.4, 0.7) }),
];

describe('the tree', () => {
  it('puts children under parents by start time, in whatever order the spans arrived', () => {
    const tree = treeOf(RUN);
    expect(names(visibleRows(tree, NONE))).toEqual(['root', 'child-a', 'child-b', 'grandchild']);
    expect(tree.lengthMs).toBe(1000);
    expect(tree.byId.get('grandchild')).toMatchObject({ level: 3, position: 1, siblings: 1, startMs: 310, endMs: 330 });
    expect(tree.byId.get('child-b')).toMatchObject({ level: 2, position: 2, siblings: 2 });
  });

  it('adds up what is below each row and marks the path to what is notable', () => {
    const root = treeOf(RUN).byId.get('root');
    expect(root).toMatchObject({ below: 3, errorsBelow: 1, isNotable: true });
    expect(treeOf(RUN).byId.get('child-a')?.isNotable).toBe(false);
  });

  it('keeps the order of the API where starts are equal, in the tree, the strip and the summary alike', () => {
    const low = { decision: decided(0.4, 0.7) };
    const spans = [
      spanRow('z-long', 'root', 0, 90, low),
      spanRow('a-short', 'root', 0, 5, low),
      spanRow('root', null, 0, 100),
    ];
    const tree = treeOf(spans);
    expect(names(visibleRows(tree, NONE))).toEqual(['root', 'z-long', 'a-short']);
    const ordered = spansInOrder(tree);
    expect(ordered.map((span) => span.spanId)).toEqual(['root', 'z-long', 'a-short']);
    expect(decisionsOf(ordered).map((span) => span.spanId)).toEqual(['z-long', 'a-short']);
  });

  it('puts orphans under a heading that names the missing id, one heading for each id', () => {
    const tree = treeOf([
      spanRow('a', 'gone', 50, 10),
      spanRow('b', 'gone', 20, 10),
      spanRow('c', 'other', 90, 5),
      spanRow('r', null, 0, 10),
    ]);
    expect(names(visibleRows(tree, NONE))).toEqual(['r', 'missing:gone', 'b', 'a', 'missing:other', 'c']);
    expect(tree.roots[1]).toMatchObject({ span: null, missingId: 'gone', missing: 'parent', startMs: 20, endMs: 60 });
  });

  it('cuts spans that name each other as parents, and loses none', () => {
    const ring = [
      spanRow('a', 'c', 30, 1),
      spanRow('b', 'a', 10, 1),
      spanRow('c', 'b', 20, 1),
      spanRow('tail', 'c', 5, 1),
    ];
    const rows = visibleRows(treeOf(ring), NONE);
    expect(names(rows).sort()).toEqual(['a', 'b', 'c', 'missing:a', 'tail']);
    expect(rows[0]).toMatchObject({ missing: 'cycle', missingId: 'a' });
    expect(names(visibleRows(treeOf([spanRow('self', 'self', 0, 1)]), NONE))).toEqual(['missing:self', 'self']);
  });

  it('survives a chain of 20,000 spans and a span sent twice', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => spanRow(`s${i}`, i === 0 ? null : `s${i - 1}`, i, 1));
    const tree = treeOf([...chain, spanRow('s0', null, 0, 1)]);
    expect(visibleRows(tree, NONE)).toHaveLength(20_000);
    expect(tree.byId.get('s19999')?.level).toBe(20_000);
    expect(tree.byId.get('s0')?.below).toBe(19_999);
  });

  it('an empty trace has no rows and a length that can be divided by', () => {
    const tree = treeOf([]);
    expect(tree.roots).toEqual([]);
    expect(tree.lengthMs).toBeGreaterThan(0);
  });
});

describe('folding', () => {
  const tree = treeOf(RUN);
  it('hides what is below a folded row', () => {
    expect(names(visibleRows(tree, new Set(['child-b'])))).toEqual(['root', 'child-a', 'child-b']);
    expect(names(visibleRows(tree, new Set(['root'])))).toEqual(['root']);
  });
  it('folds the deepest open level and unfolds the highest folded one', () => {
    const once = foldDeepest(tree, NONE);
    expect([...once]).toEqual(['child-b']);
    const twice = foldDeepest(tree, once);
    expect([...twice].sort()).toEqual(['child-b', 'root']);
    expect(foldDeepest(tree, twice)).toEqual(twice);
    expect([...unfoldHighest(tree, twice)]).toEqual(['child-b']);
    expect([...unfoldHighest(tree, once)]).toEqual([]);
  });
  it('reveals a row by opening all above it, and changes nothing when it is in view', () => {
    expect([...reveal(tree, new Set(['root', 'child-b', 'child-a']), 'grandchild')]).toEqual(['child-a']);
    expect(reveal(tree, NONE, 'grandchild')).toBe(NONE);
  });
  it('opens a row with its siblings', () => {
    const node = tree.byId.get('child-a');
    expect(node && [...openSiblings(node, tree, new Set(['child-a', 'child-b', 'root']))]).toEqual(['root']);
  });
  it('seeks the next and the previous match, going round', () => {
    const isError = (node: { span: { isError: boolean } | null }) => node.span?.isError === true;
    expect(seek(tree, 'root', 1, isError)?.id).toBe('child-b');
    expect(seek(tree, 'child-b', 1, isError)?.id).toBe('child-b');
    expect(seek(tree, null, -1, () => true)?.id).toBe('grandchild');
    expect(seek(tree, 'root', 1, () => false)).toBeNull();
  });
});
